/**
 * An example: a bundle that runs programs in dune. It gets the {@link org.nesteddune.Dune} service, starts programs with arguments,
 * environment, working directory, limits and streams, waits for them without a thread, signals and lists them, and hears of their lives
 * by the EventAdmin.
 */
@Export
@Version("1.0.0")
package org.nesteddune.examples.batch;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
