package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;

import org.junit.Test;
import org.nesteddune.LaunchException;

/** System V IPC and POSIX message queues between guests, compared with native processes. */
@Needs({"/dev/kvm", "gcc"})
public class IpcTest extends ProgramTest {

    @Test
    public void sharedMemory() {
        guests.compare(program("shm"));
    }

    @Test
    public void semaphores() {
        guests.compare(program("sem"));
    }

    @Test
    public void messageQueues() {
        guests.compare(program("msg"));
    }

    @Test
    public void posixMessageQueues() {
        guests.compare(program("mq"));
    }

    private static String program(String part) {
        return CProgram.compile("ipc", "-pthread") + " " + part;
    }

    @Test
    @Needs("perl")
    public void perlModules() {
        guests.compare(Command.of("perl", "-e", """
                use IPC::SysV qw(IPC_PRIVATE IPC_CREAT S_IRUSR S_IWUSR SEM_UNDO);
                use IPC::Semaphore; use IPC::Msg; use IPC::SharedMem;
                my $mode = S_IRUSR | S_IWUSR;
                sub child { my $pid = fork; if (!$pid) { $_[0]->(); exit 0 } $pid }
                my $sem = IPC::Semaphore->new(IPC_PRIVATE, 3, $mode | IPC_CREAT) or die;
                $sem->setall(1, 2, 3);
                waitpid child(sub { $sem->op(0, -1, SEM_UNDO, 1, -2, 0) }), 0;
                print join(",", $sem->getall), " ", $sem->stat->nsems, "\\n";
                $sem->remove;
                my $msg = IPC::Msg->new(IPC_PRIVATE, $mode) or die;
                $| = 1;
                my $pid = child(sub { my $b; print "child got ", $msg->rcv($b, 256, 5), " $b\\n" });
                $msg->snd(5, "hello");
                waitpid $pid, 0;
                print $msg->stat->qnum, "\\n";
                $msg->remove;
                my $shm = IPC::SharedMem->new(IPC_PRIVATE, 8, $mode) or die;
                $shm->write(pack("A4", "test"), 2, 4);
                waitpid child(sub { print "child reads ", $shm->read(2, 4), "\\n"; $shm->write("CHLD", 2, 4) }), 0;
                print $shm->read(2, 4), " ", $shm->stat->nattch, "\\n";
                $shm->remove;
                """));
    }

    /** What one guest leaves the next one finds, and what no host process sees. */
    @Test
    @Needs({"ipcmk", "ipcs", "ipcrm"})
    public void objectsBelongToTheRuntime() throws LaunchException {
        Command count = Command.of("sh", "-c", "ipcs | grep -c ^0x");
        String before = guests.natively(count).outputText();
        Command make = Command.of("sh", "-c", "ipcmk -M 5000; ipcmk -S 3; ipcmk -Q");
        assertEquals(3, guests.inDune(make).outputText().lines().filter(line -> line.contains(" id: ")).count());
        assertEquals("3\n", guests.inDune(count).outputText());
        assertEquals(before, guests.natively(count).outputText());
        guests.inDune(Command.of("ipcrm", "-a"));
        assertEquals("0\n", guests.inDune(count).outputText());
    }
}
