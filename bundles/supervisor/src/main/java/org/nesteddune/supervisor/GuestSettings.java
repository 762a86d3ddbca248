package org.nesteddune.supervisor;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;

/** What a configuration of a guest has; {@link DefinitionReader} makes a {@link Definition} of it. */
@ObjectClassDefinition(
        name = "nested-dune: guest",
        description = "A program that runs in dune as long as this configuration is there")
public @interface GuestSettings {

    /** Factory PID of guests. */
    String FACTORY = "org.nesteddune.guest";

    @AttributeDefinition(name = "Name", required = false,
            description = "What logs and 'info' call the guest. Without one: the name of the configuration")
    String name() default "";

    @AttributeDefinition(name = "Program", description = "A path, or a name that is looked up in the environment's PATH")
    String program();

    @AttributeDefinition(name = "Arguments", required = false,
            description = "Words, as in a shell's command line: quotes and backslashes keep blanks in them")
    String arguments() default "";

    @AttributeDefinition(name = "Environment", required = false,
            description = "NAME=VALUE words. The guest gets no other variables, but PATH if it is not among them")
    String environment() default "";

    @AttributeDefinition(name = "Working directory", required = false, description = "As the guest sees it; / without one")
    String directory() default "";

    @AttributeDefinition(name = "Root", required = false,
            description = "The directory of the host that the guest sees as /. Without one: the host's")
    String root() default "";

    @AttributeDefinition(name = "User", required = false,
            description = "USER[:GROUP], names of the root's /etc/passwd and /etc/group, or numbers. Without one: whoever runs this JVM")
    String user() default "";

    @AttributeDefinition(name = "Engine", required = false, description = "The execution engine. Without one: the best")
    String engine() default "";

    @AttributeDefinition(name = "Memory", required = false,
            description = "The most memory of the guest and its descendants together, as 512m or 2g. Without one: no limit")
    String memory() default "";

    @AttributeDefinition(name = "Tasks", required = false,
            description = "The most processes and threads that they may be at a time. Without one: no limit")
    String tasks() default "";

    @AttributeDefinition(name = "Profile", required = false, description = "The profile that limits what the guest may do")
    String profile() default "";

    @AttributeDefinition(name = "Families", required = false,
            description = "The families of system calls that it may use, of those that its profile grants; !NAME for all but some. None: all")
    String[] families() default {};

    @AttributeDefinition(name = "Restart", description = "When the guest is started again after its end",
            options = {@Option(label = "always", value = "always"), @Option(label = "on failure", value = "on-failure"),
                @Option(label = "never", value = "never")})
    String restart() default "on-failure";

    @AttributeDefinition(name = "Restart delay",
            description = "Before the first restart, as 500ms or 10s; it doubles with each that follows soon")
    String restart_delay() default "1s";

    @AttributeDefinition(name = "Greatest restart delay",
            description = "The delay grows no more than to this; a guest that has run for so long has the first delay again")
    String restart_delay_max() default "1m";

    @AttributeDefinition(name = "Restart limit", min = "0", description = "After how many restarts one soon after the other it is left alone; 0: never")
    int restart_limit() default 0;

    @AttributeDefinition(name = "Stop signal", description = "What asks the guest to end, a name or number")
    String stop_signal() default "SIGTERM";

    @AttributeDefinition(name = "Stop grace", description = "How long it may take to end before it is killed")
    String stop_grace() default "10s";

    @AttributeDefinition(name = "Log", description = "Where its output goes: 'framework' for the OSGi log, 'none', or file:PATH to append to a file")
    String log() default "framework";

    @AttributeDefinition(name = "Log size", required = false,
            description = "At what size the log's file is begun anew, as 10m; the earlier ones are PATH.1, the latest, and so on. Without one: never")
    String log_size() default "";

    @AttributeDefinition(name = "Log files", min = "0", description = "How many earlier files of the log are kept")
    int log_files() default RotatingFile.KEPT;
}
