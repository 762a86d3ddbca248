package org.nesteddune.commands;

import java.util.ArrayList;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.ToIntFunction;
import org.nesteddune.host.HostSignals;
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
 * arguments with the property {@value #COMMAND}.
 */
@Component(service = {})
public final class Commands {

    /** Service property of a one-shot: the command's name, a string. */
    static final String COMMAND = "dune.command";

    private final BundleContext context;
    private final CommandSet commands;
    private final List<ServiceRegistration<?>> oneShots = new ArrayList<>();
    private ServiceReference<?> gogo;
    private GogoFunctions functions;

    /** Made by the component runtime. */
    @Activate
    public Commands(BundleContext context, @Reference Installed installed) {
        this.context = context;
        this.commands = new CommandSet(installed, context.getBundle());
        for (String name : CommandSet.NAMES) {
            if (CommandSet.ONE_SHOTS.contains(name)) {
                oneShots.add(register(name));
            }
        }
    }

    private ServiceRegistration<?> register(String name) {
        Dictionary<String, Object> properties = new Hashtable<>();
        properties.put(COMMAND, name);
        return context.registerService(ToIntFunction.class, new Service(name), properties);
    }

    /** A one-shot. As a consumer it ends the process by a signal, which is what a status above {@link Command#SIGNALED} asks for. */
    private final class Service implements ToIntFunction<String[]>, IntConsumer {

        private final String name;

        Service(String name) {
            this.name = name;
        }

        @Override
        public int applyAsInt(String[] arguments) {
            return OneShot.run(commands.create(name), arguments);
        }

        @Override
        public void accept(int signal) {
            HostSignals.end(signal);
        }
    }

    /** Gogo has come. Nothing here names one of its classes, so that this class works without it. */
    @Reference(name = "gogo", service = org.apache.felix.service.command.CommandProcessor.class,
            cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC, unbind = "removeGogo")
    synchronized void addGogo(ServiceReference<?> processor) {
        gogo = processor;
        if (functions == null) {
            functions = new GogoFunctions(context, commands);
        }
    }

    /** Gogo has gone, unless another one has come before that. */
    synchronized void removeGogo(ServiceReference<?> processor) {
        if (processor.equals(gogo)) {
            gogo = null;
            closeFunctions();
        }
    }

    private void closeFunctions() {
        if (functions != null) {
            functions.close();
            functions = null;
        }
    }

    @Deactivate
    synchronized void deactivate() {
        oneShots.forEach(ServiceRegistration::unregister);
        oneShots.clear();
        closeFunctions();
    }
}
