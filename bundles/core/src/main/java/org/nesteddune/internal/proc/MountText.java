package org.nesteddune.internal.proc;

import java.util.ArrayList;
import java.util.List;

/**
 * {@code /proc/PID/mountinfo} and {@code mounts} of a guest: the host's mounts below the guest's root under their guest
 * paths, with the guest's own {@code /proc} and {@code /dev} in place of what is there in the host.
 */
final class MountText {

    private static final String PROC = "proc /proc proc rw,nosuid,nodev,noexec,relatime";
    private static final String DEV = "tmpfs /dev tmpfs rw,nosuid,mode=755";
    private static final String PTS = "devpts /dev/pts devpts rw,nosuid,noexec,relatime";

    private static final List<String> MADE = List.of(PROC, DEV, PTS);

    /** A line of mountinfo. */
    private record Mount(String id, String parent, String device, String root, String point, String options,
            String type, String source, String superOptions) {

        Mount at(String newRoot, String newPoint) {
            return new Mount(id, parent, device, newRoot, newPoint, options, type, source, superOptions);
        }

        Mount seenFrom(String place) {
            return isWithin(point, place) ? at(root, below(point, place)) : null;
        }

        String mountInfo() {
            return id + " " + parent + " " + device + " " + root + " " + point + " " + options + " - " + type + " "
                    + source + " " + superOptions + "\n";
        }

        String mounts() {
            String all = superOptions.startsWith(options.substring(0, 2)) && superOptions.length() > 2
                    ? options + superOptions.substring(2)
                    : options;
            return source + " " + point + " " + type + " " + all + " 0 0\n";
        }
    }

    private MountText() {}

    /**
     * @param root the host directory that is the root of the guest's mounts, canonical
     * @param place the root of the process among them; mounts that are not below it are not shown
     */
    static String mounts(String root, String place) {
        StringBuilder out = new StringBuilder();
        for (Mount mount : visible(root)) {
            Mount seen = mount.seenFrom(place);
            out.append(seen == null ? "" : seen.mounts());
        }
        for (String made : MADE) {
            String seen = seenFrom(place, made);
            out.append(seen == null ? "" : seen + " 0 0\n");
        }
        return out.toString();
    }

    /** A made-up mount's line with its point as it is seen from a root; null if it is not. */
    private static String seenFrom(String place, String line) {
        String[] words = line.split(" ");
        if (!isWithin(words[1], place)) {
            return null;
        }
        words[1] = below(words[1], place);
        return String.join(" ", words);
    }

    private static String below(String path, String directory) {
        String below = directory.equals("/") ? path : path.substring(directory.length());
        return below.isEmpty() ? "/" : below;
    }

    /** See {@link #mounts}. */
    static String mountInfo(String root, String place) {
        StringBuilder out = new StringBuilder();
        String rootId = "1";
        int highest = 1;
        for (Mount mount : visible(root)) {
            Mount seen = mount.seenFrom(place);
            out.append(seen == null ? "" : seen.mountInfo());
            if (mount.point.equals("/")) {
                rootId = mount.id;
            }
            highest = Math.max(highest, Integer.parseInt(mount.id));
        }
        out.append(made(highest + 1, rootId, "0:65520", seenFrom(place, PROC)));
        out.append(made(highest + 2, rootId, "0:65521", seenFrom(place, DEV)));
        out.append(made(highest + 3, String.valueOf(highest + 2), "0:65522", seenFrom(place, PTS)));
        return out.toString();
    }

    private static String made(int id, String parent, String device, String line) {
        if (line == null) {
            return "";
        }
        String[] words = line.split(" ");
        return id + " " + parent + " " + device + " / " + words[1] + " " + words[3] + " - " + words[2] + " " + words[0]
                + " rw\n";
    }

    private static List<Mount> visible(String root) {
        List<Mount> all = parse(HostText.lines("/proc/self/mountinfo"));
        List<Mount> shown = new ArrayList<>();
        Mount top = null;
        for (Mount mount : all) {
            if (isWithin(root, mount.point) && (top == null || mount.point.length() >= top.point.length())) {
                top = mount; // of mounts over each other the last one shows
            }
        }
        if (top != null) {
            String inside = root.substring(top.point.equals("/") ? 0 : top.point.length());
            String newRoot = inside.isEmpty() || inside.equals("/") ? top.root
                    : top.root.equals("/") ? inside : top.root + inside;
            shown.add(top.at(newRoot, "/"));
        }
        for (Mount mount : all) {
            if (mount.point.equals(root) || !isWithin(mount.point, root)) {
                continue;
            }
            String point = root.equals("/") ? mount.point : mount.point.substring(root.length());
            boolean covered = isWithin(point, "/proc") || isWithin(point, "/dev") && !point.equals("/dev/shm");
            if (!covered && !mount.type.equals("proc")) {
                shown.removeIf(other -> other.point.equals(point));
                shown.add(mount.at(mount.root, point));
            }
        }
        return shown;
    }

    private static boolean isWithin(String path, String directory) {
        return directory.equals("/")
                || path.equals(directory)
                || path.startsWith(directory) && path.charAt(directory.length()) == '/';
    }

    private static List<Mount> parse(List<String> lines) {
        List<Mount> mounts = new ArrayList<>();
        for (String line : lines) {
            String[] words = line.split(" ");
            int dash = 6;
            while (dash < words.length && !words[dash].equals("-")) {
                dash++;
            }
            if (dash + 3 < words.length) {
                mounts.add(new Mount(words[0], words[1], words[2], words[3], words[4], words[5], words[dash + 1],
                        words[dash + 2], words[dash + 3]));
            }
        }
        return mounts;
    }
}
