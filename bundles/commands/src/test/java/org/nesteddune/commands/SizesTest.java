package org.nesteddune.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SizesTest {

    @ParameterizedTest
    @CsvSource({"1,1", "4096,4096", "64k,65536", "512m,536870912", "2G,2147483648", "1t,1099511627776"})
    void reads(String text, long bytes) throws UsageException {
        assertThat(Sizes.parse(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "k", "0", "-1", "+1", "1.5g", "1 g", "12x", "1kk", "9999999999g", "99999999999999999999"})
    void refuses(String text) {
        assertThatExceptionOfType(UsageException.class).isThrownBy(() -> Sizes.parse(text))
                .withMessage("'" + text + "' is not a size; write 512m, 2g or a number of bytes");
    }

    @Test
    void prints() {
        assertThat(Sizes.print(0)).isEqualTo("0");
        assertThat(Sizes.print(1023)).isEqualTo("1023");
        assertThat(Sizes.print(1024)).isEqualTo("1.0K");
        assertThat(Sizes.print(12 << 20)).isEqualTo("12M");
        assertThat(Sizes.print((1L << 30) - 1)).isEqualTo("1.0G");
        assertThat(Sizes.print(Long.MAX_VALUE)).endsWith("T");
    }
}
