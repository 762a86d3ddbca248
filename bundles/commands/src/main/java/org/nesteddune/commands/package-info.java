/**
 * The commands of the shell and of the command line.
 */
package org.nesteddune.commands;
