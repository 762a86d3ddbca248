/**
 * The form between an architecture's decoder and the engine: {@link org.nesteddune.engine.software.ir.Block}s of operations on a
 * file of 64-bit registers, with the guest's program counter for each.
 */
@Export
@Version("1.0.0")
package org.nesteddune.engine.software.ir;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
