/** Guests' lives as events of the OSGi EventAdmin: topics, properties, and who posts them. */
@Export
@Version("1.0.0")
package org.nesteddune.events;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
