package org.nesteddune.migration;

import java.io.IOException;
import java.util.concurrent.Semaphore;
import org.nesteddune.Dune;
import org.nesteddune.escape.EscapeException;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;
import org.osgi.service.metatype.annotations.Designate;

/**
 * Takes native processes into dune that ask for it: who connects to its socket and says {@code enter} becomes a guest, in the middle of
 * the wait for the answer, which is {@code ok} or one sentence about why not. Only processes of the runtime's own user are
 * heard, and those of root.
 */
@Component(
        service = Entrance.class,
        immediate = true,
        configurationPid = EntranceSettings.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = EntranceSettings.class)
public final class Entrance {

    private static final String WORD = "enter";

    private static final int PATIENCE_SECONDS = 5;
    private static final int MOST_AT_ONCE = 16;

    private final Dune dune;
    private final Logger log;
    private final Door door;
    private final Thread porter;
    private final Semaphore room = new Semaphore(MOST_AT_ONCE);

    /** @throws IOException if there can be no such socket */
    @Activate
    public Entrance(@Reference Dune dune, @Reference(service = LoggerFactory.class) Logger log, EntranceSettings settings)
            throws IOException {
        this.dune = dune;
        this.log = log;
        door = Door.open(settings.socket());
        porter = new Thread(this::open, "dune-entrance");
        porter.setDaemon(true);
        porter.start();
    }

    @Deactivate
    void deactivate() throws InterruptedException {
        door.shut();
        porter.join();
        door.close();
    }

    private void open() {
        for (Door.Visitor visitor = door.await(PATIENCE_SECONDS); visitor != null; visitor = door.await(PATIENCE_SECONDS)) {
            receive(visitor);
        }
    }

    /** One visitor who says nothing does not keep the others waiting. */
    private void receive(Door.Visitor visitor) {
        if (!visitor.peer().isTrusted()) {
            visitor.answer("only processes of the user of this runtime can enter");
            visitor.close();
        } else if (!room.tryAcquire()) {
            visitor.answer("too many ask to enter at a time");
            visitor.close();
        } else {
            Thread usher = new Thread(() -> serve(visitor), "dune-entrance-" + visitor.peer().pid());
            usher.setDaemon(true);
            usher.start();
        }
    }

    private void serve(Door.Visitor visitor) {
        try (visitor) {
            String word = visitor.listen();
            if (WORD.equals(word)) {
                enter(visitor);
            } else {
                visitor.answer("say '" + WORD + "'");
            }
        } finally {
            room.release();
        }
    }

    private void enter(Door.Visitor visitor) {
        try {
            dune.enter(visitor.peer().pid());
            visitor.answer("ok");
        } catch (EscapeException refused) {
            log.info("{}", refused.getMessage());
            visitor.answer(refused.getMessage());
        }
    }
}
