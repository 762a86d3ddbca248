/**
 * The system-call family of files and directories.
 */
package org.nesteddune.syscalls.files;
