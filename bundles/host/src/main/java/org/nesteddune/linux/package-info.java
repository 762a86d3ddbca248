/**
 * Constants of the interface between Linux and its programs, named as in the kernel headers, one class a subject. No
 * behaviour but names for numbers. Numbering is the generic one unless a class says otherwise; an architecture that
 * differs translates at its own edge.
 */
@Export
@Version("1.0.0")
package org.nesteddune.linux;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
