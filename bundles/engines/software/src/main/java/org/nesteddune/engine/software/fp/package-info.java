/** Floating-point arithmetic of IEEE 754 as CPUs have it: all rounding modes, all flags, each to the last bit. */
@Export
@Version("1.0.0")
package org.nesteddune.engine.software.fp;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
