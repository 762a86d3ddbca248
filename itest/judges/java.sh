# The compiler and the runtime of Java: threads, locks, parallel streams, garbage collection, exceptions that come from
# faults, mapped files, sockets, children.
# needs: java javac
# seconds: 60
set -e
cat > Judge.java <<'JAVA'
import java.io.*;
import java.net.*;
import java.nio.*;
import java.nio.channels.*;
import java.nio.file.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;
import java.util.concurrent.locks.*;
import java.util.stream.*;

public class Judge {
    static long fib(int n) {
        return n < 2 ? n : fib(n - 1) + fib(n - 2);
    }

    static int deep(int n) {
        return deep(n + 1) + 1;
    }

    public static void main(String[] args) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(8);
        List<Future<Long>> results = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            int n = 10 + i % 15;
            results.add(pool.submit(() -> fib(n)));
        }
        long sum = 0;
        for (Future<Long> result : results) {
            sum += result.get();
        }
        System.out.println("pool " + sum);

        AtomicLong atomic = new AtomicLong();
        long[] guarded = new long[2];
        Lock lock = new ReentrantLock();
        Thread[] threads = new Thread[10];
        for (int t = 0; t < threads.length; t++) {
            threads[t] = new Thread(() -> {
                for (int i = 0; i < 20000; i++) {
                    atomic.incrementAndGet();
                    synchronized (guarded) {
                        guarded[0]++;
                    }
                    lock.lock();
                    try {
                        guarded[1]++;
                    } finally {
                        lock.unlock();
                    }
                }
            });
            threads[t].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        System.out.println("counted " + atomic + " " + guarded[0] + " " + guarded[1]);

        // Compiled code finds null by SIGSEGV, zero by SIGFPE, and the stack's end by its guard pages.
        int nulls = 0;
        int zeros = 0;
        for (int i = 0; i < 300000; i++) {
            try {
                Object object = i % 1000 == 0 ? null : "x";
                object.hashCode();
            } catch (NullPointerException expected) {
                nulls++;
            }
            try {
                zeros += 1 / (i % 1000) > 1 ? 1 : 0;
            } catch (ArithmeticException expected) {
                zeros++;
            }
        }
        System.out.println("nulls " + nulls + " zeros " + zeros);
        try {
            deep(0);
        } catch (StackOverflowError expected) {
            System.out.println("stack overflow");
        }

        IntStream.range(0, 8).parallel().forEach(x -> {
            List<byte[]> kept = new ArrayList<>();
            for (int i = 0; i < 3000; i++) {
                kept.add(new byte[10000]);
                if (kept.size() > 100) {
                    kept.clear();
                }
            }
        });
        System.gc();
        System.out.println("parallel " + LongStream.range(0, 1000000).parallel().sum());

        SynchronousQueue<Integer> queue = new SynchronousQueue<>();
        pool.submit(() -> {
            for (int i = 0; i < 1000; i++) {
                queue.put(i);
            }
            return null;
        });
        int taken = 0;
        for (int i = 0; i < 1000; i++) {
            taken += queue.take();
        }
        System.out.println("queue " + taken);

        Thread sleeper = new Thread(() -> {
            try {
                Thread.sleep(100000);
            } catch (InterruptedException expected) {
                System.out.println("interrupted");
            }
        });
        sleeper.start();
        sleeper.interrupt();
        sleeper.join();

        try (ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            Future<?> served = pool.submit(() -> {
                for (int i = 0; i < 20; i++) {
                    try (Socket client = server.accept()) {
                        client.getInputStream().transferTo(client.getOutputStream());
                    }
                }
                return null;
            });
            int echoed = 0;
            for (int i = 0; i < 20; i++) {
                try (Socket socket = new Socket(server.getInetAddress(), server.getLocalPort())) {
                    socket.getOutputStream().write(new byte[1000 * i]);
                    socket.shutdownOutput();
                    echoed += socket.getInputStream().readAllBytes().length;
                }
            }
            served.get();
            System.out.println("echoed " + echoed);
        }

        Pipe pipe = Pipe.open();
        Selector selector = Selector.open();
        pipe.source().configureBlocking(false);
        pipe.source().register(selector, SelectionKey.OP_READ);
        pool.submit(() -> pipe.sink().write(ByteBuffer.wrap("selected".getBytes())));
        System.out.println("select " + selector.select(10000));

        Path file = Path.of("mapped");
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MappedByteBuffer map = channel.map(FileChannel.MapMode.READ_WRITE, 0, 1 << 20);
            while (map.remaining() > 0) {
                map.putLong(map.position());
            }
            map.force();
        }
        System.out.println("mapped " + Arrays.hashCode(Files.readAllBytes(file)));

        Process child = new ProcessBuilder("sh", "-c", "read line; echo \"child read $line\"; exit 7").start();
        child.getOutputStream().write("this\n".getBytes());
        child.getOutputStream().flush();
        System.out.print(new String(child.getInputStream().readAllBytes()));
        System.out.println("child " + child.waitFor());
        pool.shutdown();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));
        System.exit(5);
    }
}
JAVA
javac Judge.java
sha256sum Judge.class | cut -c1-16
java -version 2>&1
set +e
java -cp . Judge; echo "status $?"
[ -n "${QUICK:-}" ] || { java -XX:+UseParallelGC -Xint -Xmx64m -cp . Judge; echo "status $?"; }
java -cp . Judge >/dev/null & sleep 0.1; kill -TERM $!; wait $!; echo "status $?"
java -cp . Nowhere; echo "status $?"
