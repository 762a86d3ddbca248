package org.nesteddune.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import org.junit.jupiter.api.Test;

class NativeCodeTest {

    @Test
    void emittedCodeIsCalledWithItsArguments() {
        assumeThat(System.getProperty("os.arch")).as("the host is an x86-64").isEqualTo("amd64");
        byte[] difference = {0x48, (byte) 0x89, (byte) 0xf8, 0x48, 0x29, (byte) 0xf0, (byte) 0xc3}; // rax = rdi - rsi
        NativeCode code = new NativeCode(difference);
        try (code) {
            assertThat(code.call(5, 1L << 40)).isEqualTo(5 - (1L << 40));
        }
        code.close();
        assertThatThrownBy(() -> code.call(1, 2)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void libraryFunctionsAreFoundByName() {
        assertThat(NativeCode.callFunction(NativeCode.libraryFunction("abs"), -7) & 0xffffffffL).isEqualTo(7);
        assertThatThrownBy(() -> NativeCode.libraryFunction("no_such_function_anywhere"))
            .isInstanceOf(UnsatisfiedLinkError.class);
    }
}
