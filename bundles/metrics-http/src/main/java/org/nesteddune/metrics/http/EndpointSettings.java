package org.nesteddune.metrics.http;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** What the configuration of the endpoint has; without the configuration there is no endpoint. */
@ObjectClassDefinition(name = "nested-dune: metrics by HTTP", description = "The metrics as text for Prometheus")
public @interface EndpointSettings {

    /** PID of the endpoint. */
    String PID = "org.nesteddune.metrics.http";

    @AttributeDefinition(name = "Path", description = "Where it is below the address of the HTTP service")
    String osgi_http_whiteboard_servlet_pattern() default "/metrics";

    @AttributeDefinition(name = "Remote", description = "Whether others than this host may read it, if the HTTP service listens to them")
    boolean remote() default false;
}
