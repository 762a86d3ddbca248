/**
 * The host kernel and raw memory, as Java sees them: system calls of the host, memory at plain addresses, and a signal
 * that gets a thread out of a blocking call. All native code of nested-dune is reached through this package; its bundle
 * is never refreshed, because every refresh would leave another copy of the native library mapped.
 *
 * <p>Results of system calls are those of the kernel: a negative error number on failure, no exception. Nothing here
 * allocates Java objects on the way of a call.
 */
@Export
@Version("1.0.0")
package org.nesteddune.host;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
