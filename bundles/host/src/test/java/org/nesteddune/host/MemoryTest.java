package org.nesteddune.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MemoryTest {
    private final NativeBuffer buffer = new NativeBuffer(64);
    private final long at = buffer.address();

    @AfterEach
    void close() {
        buffer.close();
    }

    @Test
    void startsAsZeros() {
        assertThat(buffer.bytes(0, 64)).containsOnly(0);
    }

    @Test
    void readsBackWhatWasWritten() {
        Memory.putLong(at, 0x0123456789abcdefL);
        assertThat(Memory.getLong(at)).isEqualTo(0x0123456789abcdefL);
        assertThat(Memory.getLongVolatile(at)).isEqualTo(0x0123456789abcdefL);
        Memory.putInt(at + 9, -5);
        assertThat(Memory.getInt(at + 9)).isEqualTo(-5);
        Memory.putShort(at + 15, (short) 0x7f01);
        assertThat(Memory.getShort(at + 15)).isEqualTo((short) 0x7f01);
        Memory.putByteVolatile(at + 17, (byte) 9);
        assertThat(Memory.getByteVolatile(at + 17)).isEqualTo(Memory.getByte(at + 17)).isEqualTo((byte) 9);
        Memory.putIntVolatile(at + 20, 1);
        Memory.putIntOrdered(at + 20, Memory.getIntVolatile(at + 20) + 1);
        assertThat(Memory.getInt(at + 20)).isEqualTo(2);
        Memory.putLongVolatile(at + 24, 1);
        Memory.putLongOrdered(at + 24, 7);
        Memory.fullFence();
        assertThat(Memory.getLong(at + 24)).isEqualTo(7);
    }

    @Test
    void changesAtomically() {
        assertThat(Memory.compareAndSetInt(at, 0, 5)).isTrue();
        assertThat(Memory.compareAndSetInt(at, 0, 6)).isFalse();
        assertThat(Memory.getAndAddInt(at, 3)).isEqualTo(5);
        assertThat(Memory.getAndSetInt(at, 1)).isEqualTo(8);
        assertThat(Memory.compareAndSetLong(at + 8, 0, -1)).isTrue();
        assertThat(Memory.compareAndSetLong(at + 8, 0, 1)).isFalse();
        assertThat(Memory.getAndAddLong(at + 8, 2)).isEqualTo(-1);
        assertThat(Memory.getLong(at + 8)).isEqualTo(1);
    }

    @Test
    void copiesBetweenAddressesAndArrays() {
        byte[] text = "xhello".getBytes(StandardCharsets.US_ASCII);
        Memory.copyTo(at, text, 1, 5);
        Memory.copy(at, at + 2, 5);
        byte[] copy = new byte[9];
        Memory.copyFrom(at, copy, 1, 8);
        assertThat(copy).isEqualTo("\0hehello\0".getBytes(StandardCharsets.US_ASCII));
        assertThat(Memory.stringLength(at, 64)).isEqualTo(7);
        assertThat(Memory.stringLength(at, 3)).isEqualTo(3);
        Memory.fill(at, 7, (byte) 'z');
        assertThat(buffer.string(0)).isEqualTo("zzzzzzz");
        buffer.clear();
        assertThat(buffer.string(0)).isEmpty();
    }

    @Test
    void refusesRangesOutsideAnArray() {
        assertThatThrownBy(() -> Memory.copyTo(at, new byte[4], 1, 4)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> Memory.copyFrom(at, new byte[4], -1, 2)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void buffersHoldStringsThatFit() {
        try (NativeBuffer string = NativeBuffer.ofCString("höhe")) {
            assertThat(string.size()).isEqualTo(6);
            assertThat(string.string(0)).isEqualTo("höhe");
            assertThat(string.cString("abcde")).isEqualTo(string.address());
            assertThat(string.string(1)).isEqualTo("bcde");
            assertThatThrownBy(() -> string.cString("abcdef")).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> string.bytes(3, 4)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void closedBuffersHaveNoAddress() {
        NativeBuffer closed = new NativeBuffer(1);
        closed.close();
        closed.close();
        assertThatThrownBy(closed::address).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> new NativeBuffer(0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void wordsAreCopiedBothWays() {
        try (NativeBuffer buffer = new NativeBuffer(64)) {
            Memory.copyTo(buffer.address() + 8, new long[] {1, -2, 3}, 1, 2);
            assertThat(Memory.getLong(buffer.address() + 8)).isEqualTo(-2);
            long[] back = new long[4];
            Memory.copyFrom(buffer.address() + 8, back, 2, 2);
            assertThat(back).containsExactly(0, 0, -2, 3);
            assertThatThrownBy(() -> Memory.copyTo(buffer.address(), back, 3, 2))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }
}
