/**
 * Constants of the Linux user-space interface, named as in the kernel headers.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.nesteddune.linux;
