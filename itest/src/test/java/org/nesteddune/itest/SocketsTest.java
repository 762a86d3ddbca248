package org.nesteddune.itest;

import org.junit.Test;

/** Sockets, natively and in dune: the same programs must print the same. */
@Needs({"/dev/kvm", "gcc"})
public class SocketsTest extends ProgramTest {

    @Test
    public void pairsAndNames() {
        String program = CProgram.compile("unixsockets").toString();
        guests.compare(program + " pairs", program + " names", program + " abstracts");
    }

    @Test
    public void messagesCarryDescriptorsAndCredentials() {
        String program = CProgram.compile("socketmessages").toString();
        guests.compare(program + " rights", program + " credentials", program + " several");
    }

    @Test
    public void theNetwork() {
        String program = CProgram.compile("inetsockets").toString();
        guests.compare(program + " internet", program + " options", program + " interfaces");
    }

    @Test
    public void interruptionsAndPolling() {
        String program = CProgram.compile("inetsockets").toString();
        guests.compare(program + " interruptions", program + " polls");
    }

    @Test
    public void serversOfSeveralProcesses() {
        guests.compare(CProgram.compile("inetsockets") + " servers");
    }
}
