/** What configurations of nested-dune have in common: words, numbers and sizes in them, and what is said of those that are wrong. */
@Export
@Version("1.0.0")
package org.nesteddune.config;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
