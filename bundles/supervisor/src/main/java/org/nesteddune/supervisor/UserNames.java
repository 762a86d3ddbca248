package org.nesteddune.supervisor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.nesteddune.GuestSpec.User;

/** Finds users in the {@code etc/passwd} and {@code etc/group} of a root directory, by the formats of passwd(5) and group(5). Stateless. */
final class UserNames {

    private static final int NAME = 0;
    private static final int ID = 2;
    private static final int GROUP = 3;
    private static final int MEMBERS = 3;

    private UserNames() {}

    /**
     * The user that a text names.
     *
     * @param root the guest's root; null for the host's
     * @param text {@code USER[:GROUP]}, names or numbers
     * @throws IllegalArgumentException if there is no such user or group
     */
    static User find(Path root, String text) {
        Path top = root == null ? Path.of("/") : root;
        int colon = text.indexOf(':');
        String user = colon < 0 ? text : text.substring(0, colon);
        String group = colon < 0 ? null : text.substring(colon + 1);
        String[] entry = entry(top.resolve("etc/passwd"), user);
        int uid = id("user", user, entry, top);
        int gid = group != null ? id("group", group, entry(top.resolve("etc/group"), group), top)
                : entry != null && entry.length > GROUP ? number(entry[GROUP]) : uid;
        if (gid < 0) {
            throw new IllegalArgumentException("the user '" + user + "' has no group in " + top.resolve("etc/passwd"));
        }
        List<Integer> groups = new ArrayList<>();
        groups.add(gid);
        if (entry != null) {
            addGroups(top.resolve("etc/group"), entry[NAME], groups);
        }
        return new User(uid, gid, groups);
    }

    private static int id(String what, String text, String[] entry, Path root) {
        int number = entry != null ? number(entry[ID]) : number(text);
        if (number < 0) {
            throw new IllegalArgumentException("there is no " + what + " '" + text + "' in " + root);
        }
        return number;
    }

    private static int number(String text) {
        try {
            int number = Integer.parseInt(text);
            return number < 0 ? -1 : number;
        } catch (NumberFormatException name) {
            return -1;
        }
    }

    /** The entry with a name, or else with a number; null if there is none. */
    private static String[] entry(Path file, String wanted) {
        String[] byNumber = null;
        for (String[] entry : entries(file)) {
            if (entry[NAME].equals(wanted)) {
                return entry;
            }
            if (byNumber == null && entry[ID].equals(wanted)) {
                byNumber = entry;
            }
        }
        return byNumber;
    }

    private static void addGroups(Path file, String user, List<Integer> groups) {
        for (String[] entry : entries(file)) {
            int number = number(entry[ID]);
            if (entry.length > MEMBERS && List.of(entry[MEMBERS].split(",")).contains(user) && number >= 0
                    && !groups.contains(number)) {
                groups.add(number);
            }
        }
    }

    private static List<String[]> entries(Path file) {
        List<String[]> all = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(file, StandardCharsets.ISO_8859_1)) {
                String[] fields = line.split(":", -1);
                if (fields.length > ID) {
                    all.add(fields);
                }
            }
        } catch (IOException none) {
            return List.of();
        }
        return all;
    }
}
