package org.nesteddune.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nesteddune.host.Memory;

class ElfFunctionsTest {

    @Test
    void findsThoseOfTheHostsVdso() throws Exception {
        byte[] image = null;
        for (NativeMap map : NativeMap.parse(Files.readString(Path.of("/proc/self/smaps"), StandardCharsets.ISO_8859_1))) {
            if (map.isVdso()) {
                image = new byte[(int) map.length()];
                Memory.copyFrom(map.start(), image, 0, image.length);
            }
        }
        assumeThat(image).isNotNull();
        Map<String, Long> functions = ElfFunctions.of(image);
        int length = image.length;
        assertThat(functions).isNotEmpty().allSatisfy((name, offset) -> assertThat(offset).isBetween(64L, (long) length));
        assertThat(functions.keySet()).anyMatch(name -> name.contains("clock_gettime"));
    }

    @Test
    void findsNoneInWhatIsNoImage() {
        assertThat(ElfFunctions.of(new byte[64])).isEmpty();
        byte[] noise = new byte[4096];
        Arrays.fill(noise, (byte) 0x7f);
        assertThat(ElfFunctions.of(noise)).isEmpty();
    }
}
