/**
 * The seam to whoever makes a native process of a guest, or a guest of a native process. Core brings the guest to an instruction boundary and shows what it
 * is ({@link org.nesteddune.escape.Departing}); the service ({@link org.nesteddune.escape.EscapeRoute}) makes the process;
 * an architecture says how its code and registers look there ({@link org.nesteddune.escape.ShellCode}). In the other direction
 * the service {@link org.nesteddune.escape.EntryRoute} stops a native process and shows what it is
 * ({@link org.nesteddune.escape.Arriving}), core makes the guest, and the native process waits, empty, until the guest escapes or
 * ends ({@link org.nesteddune.escape.Parked}).
 */
@Export
@Version("1.0.0")
package org.nesteddune.escape;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
