/** Checked access to a guest's memory. */
@Export
@Version("1.0.0")
package org.nesteddune.memory;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
