package org.nesteddune.commands;

import java.util.List;
import org.nesteddune.arch.Architecture;
import org.nesteddune.engine.ExecutionEngine;

/** {@code engines}: what can execute guest code. */
final class Engines implements Command {

    private static final Options OPTIONS = Options.of("engines", "[NAME...]",
            "List the execution engines that are installed, the preferred one first, and what they say of themselves.");

    private final Installed installed;

    Engines(Installed installed) {
        this.installed = installed;
    }

    @Override
    public Options options() {
        return OPTIONS;
    }

    @Override
    public int run(Call call) throws CommandException {
        List<String> names = call.arguments().operands();
        boolean any = false;
        for (Installed.Part<ExecutionEngine> part : installed.engines()) {
            if (names.isEmpty() || names.contains(part.service().name())) {
                call.out().print((any ? "\n" : "") + text(part));
                any = true;
            }
        }
        if (!any) {
            throw new CommandException(FAILED, names.isEmpty() ? "no execution engine is installed"
                    : "there is no engine " + Bytes.display(names.get(0)));
        }
        return DONE;
    }

    private String text(Installed.Part<ExecutionEngine> part) {
        ExecutionEngine engine = part.service();
        Table table = new Table("", "").wrapped();
        table.row("bundle", part.bundle() + ", ranking " + part.ranking());
        for (Installed.Part<Architecture> architecture : installed.architectures()) {
            String refusal = engine.refusal(architecture.service());
            table.row("runs " + architecture.service().name(), refusal == null ? "yes" : "no: " + refusal);
        }
        engine.describe().forEach(table::row);
        String text = table.print();
        return engine.name() + "\n" + text.substring(text.indexOf('\n') + 1).indent(2);
    }
}
