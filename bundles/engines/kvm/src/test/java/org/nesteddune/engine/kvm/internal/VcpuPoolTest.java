package org.nesteddune.engine.kvm.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.nesteddune.engine.EngineException;

/** Who gets which vCPU; nothing runs here. */
@Timeout(30)
class VcpuPoolTest {

    private final List<HardwareVcpu> all = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private int most = Integer.MAX_VALUE;

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    private VcpuPool pool(int limit, boolean movesCheaply) {
        return new VcpuPool(() -> {
            if (all.size() >= most) {
                throw new EngineException("no more");
            }
            return new HardwareVcpu(null, null);
        }, limit, movesCheaply, all);
    }

    /** A guest thread that is running. */
    private static EngineVcpu running(VcpuPool pool) {
        EngineVcpu thread = new EngineVcpu(pool, null);
        thread.kicks().begin();
        return thread;
    }

    private static HardwareVcpu acquire(VcpuPool pool) {
        HardwareVcpu got = pool.acquire(running(pool));
        got.runner = Thread.currentThread().getId();
        return got;
    }

    @Test
    void vcpuIsUsedAgain() throws Exception {
        VcpuPool pool = pool(8, true);
        HardwareVcpu first = acquire(pool);
        HardwareVcpu second = acquire(pool);
        assertThat(second).isNotSameAs(first);
        pool.release(first);
        assertThat(threads.submit(() -> acquire(pool)).get()).isSameAs(first);
        assertThat(all).hasSize(2);
    }

    @Test
    void vcpuStaysWithItsThreadWhereItIsDearToMove() throws Exception {
        VcpuPool pool = pool(2, false);
        HardwareVcpu first = acquire(pool);
        pool.release(first);
        HardwareVcpu second = threads.submit(() -> acquire(pool)).get();
        assertThat(second).isNotSameAs(first);
        assertThat(acquire(pool)).isSameAs(first);
        pool.release(first);
        assertThat(threads.submit(() -> acquire(pool)).get()).as("no more can be made").isSameAs(first);
    }

    @Test
    void firstInLineGetsWhatBecomesFree() throws Exception {
        VcpuPool pool = pool(1, true);
        HardwareVcpu only = acquire(pool);
        Future<HardwareVcpu> waits = threads.submit(() -> acquire(pool));
        TimeUnit.MILLISECONDS.sleep(20);
        assertThat(pool.isCrowded()).isTrue();
        Future<HardwareVcpu> waitsToo = threads.submit(() -> acquire(pool));
        TimeUnit.MILLISECONDS.sleep(20);
        pool.release(only);
        assertThat(waits.get()).isSameAs(only);
        assertThat(waitsToo.isDone()).isFalse();
        pool.release(only);
        assertThat(waitsToo.get()).isSameAs(only);
        assertThat(pool.isCrowded()).isFalse();
    }

    @Test
    void kickTakesAThreadOutOfTheLine() throws Exception {
        VcpuPool pool = pool(1, true);
        acquire(pool);
        EngineVcpu thread = new EngineVcpu(pool, null);
        Future<HardwareVcpu> waits = threads.submit(() -> {
            thread.kicks().begin();
            return pool.acquire(thread);
        });
        TimeUnit.MILLISECONDS.sleep(20);
        thread.kick();
        assertThat(waits.get()).isNull();
        assertThat(pool.isCrowded()).isFalse();
    }

    @Test
    void threadsWaitWhereTheHostMakesNoMore() throws Exception {
        VcpuPool pool = pool(8, true);
        most = 1;
        HardwareVcpu only = acquire(pool);
        Future<HardwareVcpu> waits = threads.submit(() -> acquire(pool));
        TimeUnit.MILLISECONDS.sleep(20);
        assertThat(waits.isDone()).isFalse();
        pool.release(only);
        assertThat(waits.get()).isSameAs(only);
    }

    @Test
    void machineWithoutAnyVcpuSaysWhy() {
        VcpuPool pool = pool(8, true);
        most = 0;
        assertThatThrownBy(pool::require).isInstanceOf(EngineException.class).hasMessage("no more");
        assertThatThrownBy(() -> acquire(pool)).isInstanceOf(EngineException.class).hasMessage("no more");
    }

    @Test
    void poolTellsWhetherAllVcpusAreFitForAnotherGuest() {
        VcpuPool good = pool(8, true);
        good.release(acquire(good));
        assertThat(good.close()).isTrue();
        VcpuPool leftOver = pool(8, true);
        acquire(leftOver);
        assertThat(leftOver.close()).isFalse();
        assertThatThrownBy(leftOver::require).isInstanceOf(EngineException.class);
    }

    @Test
    void vcpuThatHasFailedIsNotUsedAgain() {
        VcpuPool pool = pool(1, true);
        HardwareVcpu failed = acquire(pool);
        pool.retire(failed);
        assertThat(acquire(pool)).isNotSameAs(failed);
        assertThat(pool.close()).isFalse();
    }
}
