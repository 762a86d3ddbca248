/**
 * The commands of the shell (Gogo, scope {@code dune}) and of the command line.
 *
 * <p>A {@link org.nesteddune.commands.Command} knows neither of the two: it gets its arguments and streams in a
 * {@link org.nesteddune.commands.Call} and returns an exit status. {@link org.nesteddune.commands.Commands} registers
 * every command with Gogo as long as Gogo is there, and those that make sense for one process as
 * {@code java.util.function.ToIntFunction} services with the property {@code dune.command}, which the launcher looks up.
 *
 * <p>Arguments are parsed by {@link org.nesteddune.commands.Options}, a page of code: a parser library took 90 ms of a
 * one-shot's 600 when measured, mostly for classes that class data sharing cannot archive.
 */
package org.nesteddune.commands;
