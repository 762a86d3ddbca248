/**
 * Guest address spaces: windows of the JVM's address space, the mappings in them (vmas), and the calls that change
 * them.
 */
@Export
@Version("1.1.0")
package org.nesteddune.mm;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
