package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.nesteddune.Dune;
import org.nesteddune.Guest;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.kernel.ExitStatus;
import org.osgi.framework.ServiceRegistration;

/** What the tests of the ways into dune and out of it have in common. Stateless. */
final class Journeys {

    private static final int PATIENCE_SECONDS = 60;

    /** What programs include that ask by themselves. */
    static final Path INSIDE = Path.of(System.getProperty("dune.itest.sources")).resolve("../../../../docs/inside").normalize();

    private static final String PYTHON = """
            import ctypes, hashlib, os, re, tempfile, time
            arrived = lambda: ARRIVED
            f = tempfile.TemporaryFile('w+')
            for i in range(2000): f.write('line %d\\n' % i)
            f.seek(0)
            lines = iter(f.readline, '')
            first = [next(lines) for i in range(700)]
            print('ready', flush=True)
            h, n, after = hashlib.sha256(), 0, 0
            while after < 50:
                h.update(str(n).encode()); n += 1
                {k: [k] * 10 for k in range(300)}
                after += arrived()
            rest = list(lines)
            assert first + rest == ['line %d\\n' % i for i in range(2000)]
            g = hashlib.sha256()
            for i in range(n): g.update(str(i).encode())
            assert g.digest() == h.digest()
            assert os.popen('echo child').read() == 'child\\n'
            assert os.path.exists('/proc/self/exe') and abs(time.time() - os.stat('/proc/self').st_ctime) < 1e9
            time.sleep(0.01)
            print('good', re.sub('a+', 'b', 'caat'), flush=True)
            """;

    private static final String SERVER = """
            import asyncio, ctypes, os, signal
            arrived = lambda: ARRIVED
            async def serve(reader, writer):
                n = 0
                while line := await reader.readline():
                    n += 1
                    writer.write(b'%d %d %s' % (n, arrived(), line))
                    await writer.drain()
                writer.close()
            async def main():
                server = await asyncio.start_server(serve, '127.0.0.1', 0)
                asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.close)
                print('port', server.sockets[0].getsockname()[1], 'ready', flush=True)
                try:
                    await server.serve_forever()
                except asyncio.CancelledError:
                    print('closed', flush=True)
            asyncio.run(main())
            """;

    /** Python expressions that tell where a program is. */
    static final String IN_DUNE = "ctypes.CDLL(None).syscall(0x64756e65, 0) == 1";

    static final String OUT_OF_DUNE = "ctypes.CDLL(None).syscall(0x64756e65, 0) != 1";

    private Journeys() {}

    /** Something that is done on the way. */
    interface Action {

        void run() throws Exception;
    }

    /** A script with an open file that it has read in part, which counts and looks back once it has arrived. */
    static String script(String arrived) {
        return PYTHON.replace("ARRIVED", arrived);
    }

    /** A server on epoll that answers with the number of the line, whether it has arrived, and the line. */
    static String server(String arrived) {
        return SERVER.replace("ARRIVED", arrived);
    }

    /** Asks such a server. */
    static String ask(Socket server, String question) throws Exception {
        server.setSoTimeout((int) TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
        server.getOutputStream().write((question + "\n").getBytes(StandardCharsets.US_ASCII));
        StringBuilder answer = new StringBuilder();
        for (int c = server.getInputStream().read(); c != '\n' && c >= 0; c = server.getInputStream().read()) {
            answer.append((char) c);
        }
        return answer.toString();
    }

    /** Some connections with a server that answers. */
    static final class Clients implements AutoCloseable {

        private final List<Socket> sockets = new ArrayList<>();
        private final int port;

        Clients(String port) {
            this.port = Integer.parseInt(port);
        }

        /** One more, whose number is given. */
        int connect() throws Exception {
            sockets.add(new Socket("127.0.0.1", port));
            return sockets.size() - 1;
        }

        /** All that there are ask, and get the answer that begins so. */
        void ask(String question, String beginning) throws Exception {
            for (int i = 0; i < sockets.size(); i++) {
                ask(i, question + i, beginning);
            }
        }

        void ask(int client, String question, String beginning) throws Exception {
            assertEquals(beginning + " " + question, Journeys.ask(sockets.get(client), question));
        }

        @Override
        public void close() throws Exception {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    /**
     * Makes each step of a way fail in turn, until there is none left and the way is gone.
     *
     * @param afterFailure looks whether all is as it was
     * @return the steps
     */
    static List<String> failAtEachStep(Action way, Action afterFailure) throws Exception {
        List<String> steps = new ArrayList<>();
        for (int failing = 1; ; failing++) {
            steps.clear();
            int last = failing;
            Consumer<String> watcher = step -> {
                steps.add(step);
                if (steps.size() == last) {
                    throw new IllegalStateException("the test wants it");
                }
            };
            ServiceRegistration<?> watching = Services.context().registerService(
                    Consumer.class, watcher, new Hashtable<>(Map.of("dune.escape.steps", "test")));
            try {
                way.run();
                return steps;
            } catch (EscapeException wanted) {
                assertTrue(wanted.getMessage(), wanted.getMessage().contains("the test wants it"));
                afterFailure.run();
            } finally {
                watching.unregister();
            }
        }
    }

    /** Looks that nothing more is held than when it was looked last. */
    static Action noMoreLeaks(Callable<Leaks> look) {
        Leaks[] before = new Leaks[1];
        return () -> {
            Leaks now = look.call();
            if (before[0] != null) {
                now.assertNoMoreThan(before[0]);
            }
            before[0] = now;
        };
    }

    /** Who has left dune is freed while the process goes on already. */
    static Leaks leaks() throws Exception {
        for (int i = 0; i < 500 && !Services.get(Dune.class).guests().isEmpty(); i++) {
            Thread.sleep(10);
        }
        return Leaks.now();
    }

    static ExitStatus end(Guest guest) throws Exception {
        return guest.exit().toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
}
