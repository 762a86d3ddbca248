package org.nesteddune.supervisor;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;

/** What the configuration of the {@link LogFile} has; without the configuration there is no such file. */
@ObjectClassDefinition(name = "nested-dune: log file", description = "A file that the OSGi log is written to")
public @interface LogSettings {

    /** PID of the file. */
    String PID = "org.nesteddune.log";

    @AttributeDefinition(name = "File", description = "The absolute path of the file, which is appended to")
    String file();

    @AttributeDefinition(name = "Size", description = "At what size the file is begun anew; the earlier ones are FILE.1, the latest, and so on")
    String size() default "10m";

    @AttributeDefinition(name = "Files", min = "0", description = "How many earlier files are kept")
    int files() default RotatingFile.KEPT;

    @AttributeDefinition(name = "Level", description = "What is less important than this is not written",
            options = {@Option(label = "error", value = "error"), @Option(label = "warn", value = "warn"),
                @Option(label = "info", value = "info"), @Option(label = "debug", value = "debug")})
    String level() default "info";
}
