/**
 * The seam between the kernel objects and whatever executes guest instructions.
 *
 * <p>An {@link org.nesteddune.engine.ExecutionEngine} makes a {@link org.nesteddune.engine.Machine} for an address
 * space and {@link org.nesteddune.engine.Vcpu}s in it. The core never learns how a window of memory is made visible
 * to the guest or how instructions are run; an engine never learns what a system call, a signal or a process is.
 */
@Export
@Version("1.1.0")
package org.nesteddune.engine;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
