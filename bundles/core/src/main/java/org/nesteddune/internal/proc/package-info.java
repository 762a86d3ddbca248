/** The file trees that Java code makes up: a guest's {@code /proc} and {@code /dev}. */
package org.nesteddune.internal.proc;
