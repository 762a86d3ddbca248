package org.nesteddune.commands;

import java.util.ArrayList;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.apache.felix.service.command.Process;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;

/**
 * The commands as functions of the Gogo shell in the scope {@value #SCOPE}. A command's exit status becomes the status of
 * its job, so that {@code &&} and {@code ||} see it, and the session's variable {@value #STATUS}.
 */
final class GogoFunctions implements AutoCloseable {

    static final String SCOPE = "dune";

    /** The session variable that has the last command's exit status. */
    static final String STATUS = "status";

    /** The property that a framework has whose console is Apache Karaf's. */
    private static final String KARAF = "karaf.home";

    private final List<ServiceRegistration<?>> registrations = new ArrayList<>();

    GogoFunctions(BundleContext context, CommandSet commands) {
        boolean karaf = context.getProperty(KARAF) != null;
        for (String name : CommandSet.NAMES) {
            Dictionary<String, Object> properties = new Hashtable<>();
            properties.put(CommandProcessor.COMMAND_SCOPE, SCOPE);
            properties.put(CommandProcessor.COMMAND_FUNCTION, name);
            Function function = (session, arguments) -> execute(commands.create(name), session, arguments, karaf);
            registrations.add(context.registerService(Function.class, function, properties));
        }
    }

    private static Object execute(Command command, CommandSession session, List<Object> arguments, boolean karaf)
            throws KarafFailure {
        Process process = Process.Utils.current();
        int status = run(command, session, process, arguments, karaf);
        session.put(STATUS, status);
        if (process != null) {
            process.error(status);
        }
        return null;
    }

    /** What the console of Apache Karaf tells its user, and its client's status too, as of its own commands. */
    private static final class KarafFailure extends Exception {

        private static final long serialVersionUID = 1L;

        KarafFailure(String message) {
            super(message);
        }
    }

    private static int run(
            Command command, CommandSession session, Process process, List<Object> arguments, boolean karaf)
            throws KarafFailure {
        Options options = command.options();
        String name = SCOPE + ":" + options.command();
        GogoCall call = new GogoCall(session, process);
        try {
            List<String> strings = new ArrayList<>();
            arguments.forEach(argument -> strings.add(Bytes.of(String.valueOf(argument))));
            Options.Parsed parsed = options.parse(strings);
            if (parsed.has("--help")) {
                call.out().print(options.help().replaceFirst("Usage: ", "Usage: " + SCOPE + ":"));
                return Command.DONE;
            }
            return command.run(call.with(parsed));
        } catch (UsageException | CommandException e) {
            if (karaf) {
                throw new KarafFailure(name + ": " + e.getMessage());
            }
            call.err().println(name + ": " + e.getMessage());
            if (e instanceof CommandException failed) {
                return failed.status();
            }
            call.err().println("Try '" + name + " --help'.");
            return Command.USAGE;
        } catch (InterruptedException e) {
            // Gogo interrupts the thread of a job that the user has ended; the thread goes back to its pool.
            return 128 + org.nesteddune.linux.Signal.SIGINT;
        } finally {
            call.out().flush();
            call.err().flush();
        }
    }

    @Override
    public void close() {
        registrations.forEach(ServiceRegistration::unregister);
        registrations.clear();
    }
}
