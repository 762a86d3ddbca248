/**
 * The commands of the shell (Gogo, scope {@code dune}) and of the command line.
 *
 * <p>A {@link org.nesteddune.commands.Command} knows neither of the two: it gets its arguments and streams in a
 * {@link org.nesteddune.commands.Call} and returns an exit status. {@link org.nesteddune.commands.Commands} registers
 * every command with Gogo as long as Gogo is there, and those that make sense for one process as
 * {@code java.util.function.ToIntFunction} services with the property {@code dune.command}, which the launcher looks up.
 */
package org.nesteddune.commands;
