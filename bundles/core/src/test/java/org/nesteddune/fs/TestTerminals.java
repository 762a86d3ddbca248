package org.nesteddune.fs;

import java.util.ArrayList;
import java.util.List;

/** Terminals with nothing behind them, for those who only tell them apart. */
public final class TestTerminals implements AutoCloseable {

    private final Terminals registry = new Terminals();
    private final List<Terminal> all = new ArrayList<>();

    /** A further terminal. */
    public Terminal open() {
        return make(false);
    }

    /** The one that the runtime was started on. */
    public Terminal own() {
        return make(true);
    }

    private Terminal make(boolean own) {
        Terminal terminal = new Terminal(registry, new Terminal.Key(1, all.size()), -1, own);
        all.add(terminal);
        return terminal;
    }

    @Override
    public void close() {
        all.forEach(Terminal::release);
    }
}
