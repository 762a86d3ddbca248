package org.nesteddune.commands;

import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.nesteddune.Profile;

/** {@code profiles}: what guests can be limited to. */
final class Profiles implements Command {

    private static final Options OPTIONS = Options.of("profiles", "[NAME...]",
                    "List the profiles, each with what it grants to guests that are entered with it.")
            .footer("A profile is a configuration, in the distribution a file etc/org.nesteddune.profile-NAME.cfg; one that is wrong is not "
                    + "listed, and 'info' says why. What is not granted is refused with the profile's error and logged.");

    private final Installed installed;

    Profiles(Installed installed) {
        this.installed = installed;
    }

    @Override
    public Options options() {
        return OPTIONS;
    }

    @Override
    public int run(Call call) throws CommandException {
        List<String> names = call.arguments().operands();
        for (String name : names) {
            installed.profile(Bytes.display(name));
        }
        StringBuilder text = new StringBuilder();
        for (Profile profile : installed.profiles()) {
            if (names.isEmpty() || names.stream().map(Bytes::display).anyMatch(profile.name()::equals)) {
                text.append(text.isEmpty() ? "" : "\n").append(text(profile));
            }
        }
        call.out().print(text.isEmpty() ? "there are no profiles\n" : text);
        installed.profileFaults().forEach(line -> call.err().println("dune: " + line));
        return DONE;
    }

    static String text(Profile profile) {
        Table table = new Table("", "").wrapped();
        table.row("name", profile.name());
        table.row("families", profile.families() == null ? "all" : words(new TreeSet<>(profile.families())));
        table.row("paths", profile.paths().isEmpty() ? "all" : words(profile.paths()));
        if (!profile.privateDirectories().isEmpty()) {
            table.row("private", words(profile.privateDirectories()));
        }
        table.row("addresses", profile.addresses() == null ? "all"
                : profile.addresses().isEmpty() ? "none"
                : profile.addresses().stream().map(Object::toString).collect(Collectors.joining(", ")));
        table.row("refusal", profile.refusal());
        String text = table.print();
        return text.substring(text.indexOf('\n') + 1);
    }

    private static String words(Iterable<?> all) {
        StringBuilder text = new StringBuilder();
        all.forEach(each -> text.append(text.isEmpty() ? "" : " ").append(each));
        return text.isEmpty() ? "none" : text.toString();
    }
}
