package org.nesteddune.x86.kvm;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.nesteddune.engine.kvm.internal.KvmEngine;

/** Tests with a guest of their own each, on one engine. */
@NeedsKvm
abstract class KvmGuestTest {

    static KvmEngine engine;
    TestGuest guest;

    @BeforeAll
    static void start() {
        engine = TestGuest.engine();
    }

    @AfterAll
    static void stop() {
        if (engine != null) {
            engine.deactivate();
        }
    }

    @BeforeEach
    void create() {
        guest = new TestGuest(engine);
    }

    @AfterEach
    void close() {
        guest.close();
    }
}
