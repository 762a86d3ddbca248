package org.nesteddune.syscall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SignatureTest {

    @Test
    void readsTypesDetailsCountsAndTheResult() {
        Signature signature = Signature.parse("dirfd dirfd, path path, flags:open flags, in:iovec[n] vec, int n -> fd");

        assertThat(signature.result()).isEqualTo("fd");
        assertThat(signature.parameters()).hasSize(5);
        assertThat(signature.parameters().get(2))
                .isEqualTo(new Signature.Parameter("flags", "open", "", false, "flags"));
        assertThat(signature.parameters().get(1).isPointer()).isTrue();
        assertThat(signature.parameters().get(0).isPointer()).isFalse();
    }

    @Test
    void knowsWhichPointersMayBeNull() {
        Signature signature = Signature.parse("in:timespec? timeout, out:stat[3] all");

        assertThat(signature.parameters().get(0))
                .isEqualTo(new Signature.Parameter("in", "timespec", "", true, "timeout"));
        assertThat(signature.parameters().get(1).count()).isEqualTo("3");
        assertThat(signature.parameters().get(1).isOutput()).isTrue();
        assertThat(signature.result()).isEqualTo("int");
    }

    @Test
    void takesCallsWithoutArguments() {
        assertThat(Signature.parse("-> pid").parameters()).isEmpty();
    }

    @Test
    void refusesWhatIsNotATypeAndAName() {
        assertThatThrownBy(() -> Signature.parse("int")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Signature.parse("int a, int b, int c, int d, int e, int f, int g"))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
