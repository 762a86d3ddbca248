package org.nesteddune.itest;

import org.junit.Test;

/** What descriptors can do besides reading and writing, natively and in dune: the same program must print the same. */
@Needs({"/dev/kvm", "gcc"})
public class DescriptorsTest extends ProgramTest {

    @Test
    public void dataIsMovedBetweenAllKindsOfFiles() {
        guests.compare(CProgram.compile("descriptors") + " pumps");
    }

    @Test
    public void locksAndLeases() {
        String program = CProgram.compile("descriptors").toString();
        guests.compare(program + " locks", program + " leases");
    }

    @Test
    public void watchesCountersAndSealedMemory() {
        String program = CProgram.compile("descriptors").toString();
        guests.compare(program + " watches", program + " memory", program + " counters");
    }

    @Test
    public void programsThatRunAreNotWrittenTo() {
        guests.compare(CProgram.compile("busytext").toString());
    }

    @Test
    public void asynchronousRequestsAndWhatElseIsKnownOfFiles() {
        String program = CProgram.compile("aio").toString();
        guests.compare(program, program + " objects", program + " attributes");
    }

    @Test
    public void whatNeedNotWaitIsNotInterrupted() {
        guests.compare(CProgram.compile("ready").toString());
    }
}
