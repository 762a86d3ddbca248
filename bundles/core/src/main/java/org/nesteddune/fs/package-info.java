/**
 * Files as guests see them: open file descriptions, the mount table, and the walk along a path that never leaves the
 * guest's root.
 */
@Export
@Version("1.0.0")
package org.nesteddune.fs;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
