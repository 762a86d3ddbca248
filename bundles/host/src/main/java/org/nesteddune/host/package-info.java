/**
 * The host kernel and its memory, as Java sees them.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.nesteddune.host;
