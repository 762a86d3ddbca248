package org.nesteddune.itest;

import org.junit.After;
import org.junit.Before;

/** What tests share that run programs in dune and natively. */
@Needs("/dev/kvm")
public abstract class ProgramTest extends DuneTest {

    GuestRunner guests;

    @Before
    public void makeRunner() {
        guests = new GuestRunner();
    }

    @After
    public void closeRunner() {
        guests.close();
    }
}
