import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * A system call that only dune has, for programs in Java: whether they are in dune, to leave it, to enter it. For a JDK of 22 or later
 * with --enable-native-access, since Java makes no system call by itself; before that JNA's Native.load("c", ...) does the same.
 */
public final class Dune {

    private static final long CALL = 0x64756e65L;
    private static final int ENOSYS = 38;
    private static final Linker.Option STATE = Linker.Option.captureCallState("errno");
    private static final MethodHandle SYSCALL = Linker.nativeLinker().downcallHandle(
            Linker.nativeLinker().defaultLookup().find("syscall").orElseThrow(),
            FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG),
            STATE, Linker.Option.firstVariadicArg(1));

    private Dune() {}

    /** The result, or a negated errno. */
    private static long call(long operation) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
            long result = (long) SYSCALL.invokeExact(state, CALL, operation);
            return result >= 0 ? result : -(long) state.get(ValueLayout.JAVA_INT, 0);
        } catch (Throwable impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    public static boolean inside() {
        return call(0) == 1;
    }

    /** Returns once the process is native; IOException if it stays in dune because of something that cannot be taken along. */
    public static void escape() throws IOException {
        long result = call(1);
        if (result != -ENOSYS) {
            throw new IOException("the process stays in dune: error " + -result);
        }
    }

    /** Returns once the process is in dune, by the runtime whose socket DUNE_SOCKET names; IOException says why it stays native. */
    public static void enter() throws IOException {
        if (inside()) {
            return;
        }
        ByteBuffer answer = ByteBuffer.allocate(4096);
        try (SocketChannel door = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            door.connect(UnixDomainSocketAddress.of(String.valueOf(System.getenv("DUNE_SOCKET"))));
            door.write(ByteBuffer.wrap("enter\n".getBytes(StandardCharsets.US_ASCII)));
            door.read(answer); // in here it happens
        }
        if (!inside()) {
            throw new IOException(new String(answer.array(), 0, answer.position(), StandardCharsets.UTF_8).strip());
        }
    }
}
