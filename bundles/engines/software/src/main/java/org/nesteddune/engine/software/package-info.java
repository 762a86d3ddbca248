/**
 * What the software engine and an architecture's part of it know of each other.
 *
 * <p>The engine owns everything that is the same whatever instructions are run: the table that leads from guest pages to host
 * memory, blocks of decoded code and when they are no longer true, the interpreter, kicks and exits. An {@link
 * org.nesteddune.engine.software.SoftwareArchitecture} service adds how instructions are decoded and what they mean, told in the
 * operations of {@link org.nesteddune.engine.software.ir}.
 */
@Export
@Version("1.0.0")
package org.nesteddune.engine.software;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
