/** Loads programs: ELF files, scripts, interpreters, and the first stack. */
package org.nesteddune.internal.loader;
