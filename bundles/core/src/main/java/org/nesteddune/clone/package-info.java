/**
 * The seam to the clone strategies: the ways in which a new task gets its memory and its CPU. KVM ties a machine to one
 * address space, so a process that shares its parent's memory and one that has a copy of it are made differently. Which
 * kernel objects the two share (descriptors, handlers, ids) is no strategy's business.
 */
@Export
@Version("1.0.0")
package org.nesteddune.clone;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
