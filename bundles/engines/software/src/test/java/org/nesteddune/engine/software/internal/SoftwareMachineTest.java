package org.nesteddune.engine.software.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.nesteddune.engine.Access;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.software.SoftwareArchitecture;
import org.nesteddune.engine.software.ir.Block;
import org.nesteddune.engine.software.ir.Op;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.linux.Mman;

/** Memory, code that changes, and kicks, with an instruction set of three words. */
class SoftwareMachineTest {

    private static final int PAGE = PageTable.PAGE_SIZE;
    private static final long CODE = 0x1_0000L;
    private static final long DATA = 0x5000_0000L;
    private static final int RW = Mman.PROT_READ | Mman.PROT_WRITE;
    private static final int RWX = RW | Mman.PROT_EXEC;

    // The instructions: n < 1000 adds n to r1; 1000 is a system call, 1001 jumps to CODE and loads DATA into r2 on the way,
    // 1002 stores r3 at r4.
    private static final int SYSCALL = 1000;
    private static final int LOOP = 1001;
    private static final int STORE = 1002;

    private final SoftwareArchitecture architecture = new TestArchitecture((start, code, block) -> {
        for (long pc = start; !block.isEnded(); pc += 4) {
            if (pc != start && !code.isExecutable(pc)) {
                block.jump(pc);
                break;
            }
            int word = code.word(pc);
            block.at(pc);
            switch (word) {
                case SYSCALL -> block.syscall(pc + 4);
                case LOOP -> {
                    block.add(Op.LDD, 2, 5, 0, 0);
                    block.jump(CODE);
                }
                case STORE -> block.add(Op.STW, block.imm(), 4, 3, 0);
                default -> block.addConstant(Op.ADD, 1, 1, word);
            }
        }
    });
    private final Translator translator = new Translator(architecture);
    private long host;
    private SoftwareMachine machine;
    private SoftwareVcpu vcpu;

    @BeforeEach
    void open() {
        host = Linux.mmap(0, 4 * PAGE, RW, Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS, -1, 0);
        machine = new SoftwareMachine(architecture, translator);
        vcpu = (SoftwareVcpu) machine.createVcpu();
        vcpu.state().set(8, CODE);
        vcpu.state().set(5, DATA);
    }

    @AfterEach
    void close() {
        vcpu.close();
        machine.close();
        translator.close();
        Linux.munmap(host, 4 * PAGE);
    }

    private void code(int... words) {
        for (int i = 0; i < words.length; i++) {
            Memory.putInt(host + 4 * i, words[i]);
        }
        machine.map(CODE, host, PAGE, RWX, false);
    }

    @Test
    void systemCallLeavesBehindTheInstruction() {
        code(5, 7, SYSCALL);
        assertThat(vcpu.run()).isSameAs(Exit.SYSTEM_CALL);
        assertThat(vcpu.state().get(1)).isEqualTo(12);
        assertThat(vcpu.state().get(8)).isEqualTo(CODE + 12);
    }

    @Test
    void missingCodeAndMissingRightsAreFaults() {
        assertThat(vcpu.run()).isEqualTo(new Exit.MemoryFault(CODE, Access.EXECUTE));
        machine.map(CODE, host, PAGE, RW, false);
        assertThat(vcpu.run()).isEqualTo(new Exit.MemoryFault(CODE, Access.EXECUTE));
        assertThat(machine.isMapped(CODE, RW)).isTrue();
        assertThat(machine.isMapped(CODE, RWX)).isFalse();
        vcpu.state().set(8, -4L);
        assertThat(vcpu.run()).isEqualTo(new Exit.MemoryFault(-4L, Access.EXECUTE));
        vcpu.state().set(8, CODE + 2);
        assertThat(vcpu.run()).isEqualTo(new Exit.AlignmentFault(CODE + 2));
    }

    @Test
    void codeThatTheGuestOverwritesIsDecodedAnew() {
        code(1, STORE, SYSCALL);
        vcpu.state().set(3, 40);
        vcpu.state().set(4, CODE);
        vcpu.run();
        vcpu.state().set(8, CODE);
        vcpu.run();
        assertThat(vcpu.state().get(1)).isEqualTo(41);
    }

    @Test
    void storesBesidesCodeOnItsPageArrive() {
        code(1, STORE, SYSCALL);
        vcpu.state().set(3, 99);
        vcpu.state().set(4, CODE + 2048);
        for (int i = 0; i < 3; i++) {
            vcpu.state().set(8, CODE);
            assertThat(vcpu.run()).isSameAs(Exit.SYSTEM_CALL);
        }
        assertThat(Memory.getInt(host + 2048)).isEqualTo(99);
    }

    @Test
    void pagesThatGoWhileAnotherThreadUsesThemAreAFaultThere() throws Exception {
        code(1, LOOP);
        for (int round = 0; round < 20; round++) {
            long data = Linux.mmap(0, PAGE, RW, Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS, -1, 0);
            machine.map(DATA, data, PAGE, RW, false);
            AtomicReference<Exit> exit = new AtomicReference<>();
            Thread guest = new Thread(() -> exit.set(vcpu.run()));
            guest.start();
            Thread.sleep(5);
            machine.unmap(DATA, PAGE);
            Linux.munmap(data, PAGE); // an access that came after this would end the JVM
            guest.join();
            assertThat(exit.get()).isEqualTo(new Exit.MemoryFault(DATA, Access.READ));
            assertThat(vcpu.state().get(8)).isEqualTo(CODE + 4);
        }
    }

    /** It enters its first region once and stays in it; that it is worth more is noticed all the same, and it goes over. */
    @Test
    @Timeout(60)
    void aLoopThatNeverLeavesItsRegionGetsABetterOne() throws Exception {
        code(1, LOOP);
        machine.map(DATA, host + PAGE, PAGE, RW, false);
        Thread guest = new Thread(vcpu::run);
        guest.start();
        while (!hasEntered(Grade.LARGE)) {
            Thread.sleep(10);
        }
        vcpu.kick();
        guest.join();
    }

    private boolean hasEntered(Grade grade) {
        Block block = machine.code().get(CODE);
        return block != null && block.translation() instanceof Region region && region.grade() == grade && region.entries() > 0;
    }

    @Test
    void kickEndsThisRunOrTheNext() throws Exception {
        code(1, LOOP);
        machine.map(DATA, host + PAGE, PAGE, RW, false);
        vcpu.kick();
        assertThat(vcpu.run()).isSameAs(Exit.INTERRUPTED);
        Thread kicker = new Thread(() -> {
            try {
                Thread.sleep(100); // long enough for the loop to be translated
            } catch (InterruptedException e) {
                return;
            }
            vcpu.kick();
        });
        kicker.start();
        assertThat(vcpu.run()).isSameAs(Exit.INTERRUPTED);
        kicker.join();
    }

    @Test
    void commonPageIsReadableAndClosed() {
        code(STORE, SYSCALL);
        vcpu.state().set(4, SoftwareArchitecture.COMMON_PAGE);
        assertThat(vcpu.run()).isEqualTo(new Exit.MemoryFault(SoftwareArchitecture.COMMON_PAGE, Access.WRITE));
        assertThat(vcpu.load(SoftwareArchitecture.COMMON_PAGE, 4)).isEqualTo(0x0403_0201);
    }

    @Test
    void stateIsCopied() {
        SoftwareVcpu other = (SoftwareVcpu) machine.createVcpu();
        for (int i = 1; i < 11; i++) {
            vcpu.registers[i] = 100 + i;
        }
        other.state().copyFrom(vcpu.state());
        byte[] vector = new byte[other.state().vectorSize()];
        other.state().readVector(vector);
        assertThat(vector).hasSize(16).startsWith(109);
        assertThat(other.state().get(3)).isEqualTo(103);
        vector[0] = 7;
        assertThat(other.state().writeVector(vector)).isTrue();
        assertThat(other.registers[9]).isEqualTo(7);
        assertThat(other.state().writeVector(new byte[3])).isFalse();
        other.close();
    }
}
