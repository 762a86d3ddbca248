package org.nesteddune.profiles;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;

/** What a configuration of a profile has; see {@link ProfileReader} for what is done with it. */
@ObjectClassDefinition(
        name = "nested-dune: profile",
        description = "What guests with this profile may do; what is not granted is refused and logged")
public @interface ProfileSettings {

    /** Factory PID of profiles. */
    String FACTORY = "org.nesteddune.profile";

    @AttributeDefinition(name = "Name", required = false,
            description = "By which guests ask for it. Without one: the name of the configuration")
    String name() default "";

    @AttributeDefinition(name = "Families", required = false,
            description = "The families of system calls that are granted, as 'families' lists them; !NAME for all but some. None: all")
    String[] families() default {};

    @AttributeDefinition(name = "Paths", required = false,
            description = "ro:PATH, rw:PATH or none:PATH: what is granted of a path and all below it; the longest path counts. None: all")
    String[] paths() default {};

    @AttributeDefinition(name = "Private directories", required = false,
            description = "Directories that each guest has for itself, empty at its start")
    String[] private_directories() default {};

    @AttributeDefinition(name = "Addresses", required = false,
            description = "[connect |bind ]unix:/PATH, unix:@NAME, IPV4[/BITS][:PORT], [IPV6[/BITS]][:PORT], *[:PORT] or netlink: what sockets"
                    + " may use; 'none' for nothing. None: all")
    String[] addresses() default {};

    @AttributeDefinition(name = "Devices", required = false,
            description = "/dev/kvm: devices of the host's kernel that are granted beside those that every program has. None: none")
    String[] devices() default {};

    @AttributeDefinition(name = "Refusal", description = "The error that guests get for what is not granted",
            options = {@Option(label = "EPERM", value = "EPERM"), @Option(label = "ENOSYS", value = "ENOSYS")})
    String refusal() default "EPERM";
}
