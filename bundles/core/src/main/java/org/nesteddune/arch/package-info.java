/**
 * What a Linux kernel's {@code arch/} folder knows: registers, system-call numbers and conventions, structure layouts,
 * signal frames. One {@link org.nesteddune.arch.Architecture} service a bundle.
 */
@Export
@Version("1.1.0")
package org.nesteddune.arch;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
