package org.nesteddune.commands;

import java.util.ArrayList;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/**
 * Registers the commands: with Gogo as long as that is there, and the one-shots as {@link ToIntFunction}s of their
 * arguments with the property {@value #COMMAND}. A command's class is loaded when it is first used.
 */
@Component(service = {})
public final class Commands {

    /** Service property of a one-shot: the command's name, a string. */
    static final String COMMAND = "dune.command";

    /** Those that say or do something in a process that has no guests yet. */
    private static final Set<String> ONE_SHOTS =
            Set.of("enter", "doctor", "version", "help", "arches", "engines", "families", "strategies", "syscalls");

    private final BundleContext context;
    private final Map<String, Supplier<Command>> commands = new LinkedHashMap<>();
    private final List<ServiceRegistration<?>> oneShots = new ArrayList<>();
    private GogoFunctions functions;

    /** Made by the component runtime. */
    @Activate
    public Commands(BundleContext context, @Reference Installed installed) {
        this.context = context;
        commands.put("enter", () -> new Enter(installed));
        commands.put("ps", () -> new Ps(installed));
        commands.put("info", () -> new Info(installed));
        commands.put("kill", () -> new Kill(installed));
        commands.put("wait", () -> new Wait(installed));
        commands.put("trace", () -> new Trace(installed));
        commands.put("stats", () -> new Stats(installed));
        commands.put("arches", () -> new Arches(installed));
        commands.put("engines", () -> new Engines(installed));
        commands.put("families", () -> new Families(installed));
        commands.put("strategies", Strategies::new);
        commands.put("syscalls", () -> new Syscalls(installed));
        commands.put("doctor", () -> new Doctor(installed));
        commands.put("version", () -> new Version(context.getBundle()));
        commands.put("help", () -> new Help(commands));
        commands.forEach((name, command) -> {
            if (ONE_SHOTS.contains(name)) {
                oneShots.add(register(name, command));
            }
        });
    }

    private ServiceRegistration<?> register(String name, Supplier<Command> command) {
        Dictionary<String, Object> properties = new Hashtable<>();
        properties.put(COMMAND, name);
        ToIntFunction<String[]> oneShot = arguments -> OneShot.run(command.get(), arguments);
        return context.registerService(ToIntFunction.class, oneShot, properties);
    }

    /** Gogo has come. Nothing here names one of its classes, so that this class works without it. */
    @Reference(name = "gogo", service = org.apache.felix.service.command.CommandProcessor.class,
            cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC, unbind = "removeGogo")
    synchronized void addGogo(ServiceReference<?> processor) {
        if (functions == null) {
            functions = new GogoFunctions(context, commands);
        }
    }

    /** Gogo has gone. */
    synchronized void removeGogo(ServiceReference<?> processor) {
        if (functions != null) {
            functions.close();
            functions = null;
        }
    }

    @Deactivate
    synchronized void deactivate() {
        oneShots.forEach(ServiceRegistration::unregister);
        oneShots.clear();
        removeGogo(null);
    }
}
