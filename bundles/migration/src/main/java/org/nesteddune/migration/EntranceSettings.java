package org.nesteddune.migration;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** What the configuration of the {@link Entrance} has; without the configuration there is none. */
@ObjectClassDefinition(name = "nested-dune: entrance", description = "A socket by which native processes of the runtime's user ask to enter")
public @interface EntranceSettings {

    /** PID of the entrance. */
    String PID = "org.nesteddune.entrance";

    @AttributeDefinition(name = "Socket", description = "The absolute path of the socket; processes find it in DUNE_SOCKET")
    String socket();
}
