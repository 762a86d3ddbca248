/**
 * The IPC namespace of a dune: System V shared memory, semaphores and message queues, and POSIX message queues. All guests
 * of a runtime share one; nothing in it is an object of the host's own namespace. Rules, limits and error numbers are
 * those of the kernel's {@code ipc} folder.
 */
@Export
@Version("1.0.0")
package org.nesteddune.kernel.ipc;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
