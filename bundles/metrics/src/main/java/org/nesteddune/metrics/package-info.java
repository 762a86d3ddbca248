/** What guests do, in numbers: the {@link org.nesteddune.metrics.Metrics} service, and MBeans in the domain {@code org.nesteddune}. */
@Export
@Version("1.0.0")
package org.nesteddune.metrics;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
