/** What applications use: enter programs, look at guests, signal them, wait for them. */
@Export
@Version("1.6.0")
package org.nesteddune;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
