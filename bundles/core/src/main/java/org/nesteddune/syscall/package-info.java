/**
 * The seam between the dispatcher and the system-call families. A family is a service that brings a table of
 * {@link org.nesteddune.syscall.Syscall}s; the table is data, from which dispatch, trace and documentation are made.
 */
@Export
@Version("1.1.0")
package org.nesteddune.syscall;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
