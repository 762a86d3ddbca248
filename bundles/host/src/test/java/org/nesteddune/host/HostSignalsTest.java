package org.nesteddune.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.nesteddune.host.HostSignals.Received;
import org.nesteddune.linux.Signal;

class HostSignalsTest {

    private static final int PID = (int) ProcessHandle.current().pid();

    private final BlockingQueue<Received> heard = new LinkedBlockingQueue<>();

    private Received next() throws InterruptedException {
        Received received = heard.poll(20, TimeUnit.SECONDS);
        assertThat(received).as("a signal within 20 seconds").isNotNull();
        return received;
    }

    @Test
    void signalsAreHeardWithTheirSender() throws InterruptedException {
        int[] signals = {Signal.SIGUSR1, Signal.SIGQUIT, Signal.SIGWINCH, 45};
        try (HostSignals listening = HostSignals.listen(signals, heard::add)) {
            for (int signal : signals) {
                Linux.kill(PID, signal);
                assertThat(next().signal()).isEqualTo(signal);
            }
            Linux.kill(PID, Signal.SIGUSR1);
            Received received = next();
            assertThat(received.isFromKernel()).isFalse();
            assertThat(received.sender()).isIn(PID, 0);
            assertThat(HostSignals.listen(signals, heard::add)).isNull();
        }
    }

    @Test
    void signalsAreGivenBack() throws InterruptedException {
        BlockingQueue<String> before = new LinkedBlockingQueue<>();
        sun.misc.Signal usr1 = new sun.misc.Signal("USR1");
        sun.misc.SignalHandler original = sun.misc.Signal.handle(usr1, signal -> before.add(signal.getName()));
        try {
            for (int i = 0; i < 3; i++) {
                try (HostSignals listening = HostSignals.listen(new int[] {Signal.SIGUSR1}, heard::add)) {
                    Linux.kill(PID, Signal.SIGUSR1);
                    next();
                }
                Linux.kill(PID, Signal.SIGUSR1);
                assertThat(before.poll(20, TimeUnit.SECONDS)).isEqualTo("USR1");
                assertThat(heard).isEmpty();
            }
        } finally {
            sun.misc.Signal.handle(usr1, original);
        }
    }
}
