/** The kernel objects: processes, tasks, descriptor tables, signal state, credentials, limits. */
@Export
@Version("1.0.0")
package org.nesteddune.kernel;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
