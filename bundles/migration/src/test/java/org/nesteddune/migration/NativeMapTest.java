package org.nesteddune.migration;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nesteddune.linux.Mman;

class NativeMapTest {

    @Test
    void knowsWhatTheHostSays() {
        List<NativeMap> maps = NativeMap.parse("""
                00400000-00402000 r-xp 00001000 fe:00 338944                     /usr/bin/a file
                Size:                  8 kB
                VmFlags: rd ex mr mw me
                7f0000000000-7f0000021000 rw-s 00000000 00:01 77                         /dev/zero (deleted)
                Rss:                   4 kB
                VmFlags: rd wr sh mr mw me ms nr
                7f984a1d2000-7f984a1d4000 r-xp 00000000 00:00 0                          [vdso]
                VmFlags: rd ex mr mw me de
                7ffc4919c000-7ffc491bd000 rw-p 00000000 00:00 0
                VmFlags: rd wr mr mw me gd ac
                """);
        assertThat(maps).hasSize(4);
        NativeMap file = maps.get(0);
        assertThat(file.start()).isEqualTo(0x400000);
        assertThat(file.length()).isEqualTo(0x2000);
        assertThat(file.offset()).isEqualTo(0x1000);
        assertThat(file.protection()).isEqualTo(Mman.PROT_READ | Mman.PROT_EXEC);
        assertThat(file.name()).isEqualTo("/usr/bin/a file");
        assertThat(file.isFile()).isTrue();
        assertThat(file.isDeleted()).isFalse();
        assertThat(maps.get(1).shared()).isTrue();
        assertThat(maps.get(1).isDeleted()).isTrue();
        assertThat(maps.get(1).path()).isEqualTo("/dev/zero");
        assertThat(maps.get(1).has("nr")).isTrue();
        assertThat(maps.get(2).isVdso()).isTrue();
        assertThat(maps.get(2).isFile()).isFalse();
        assertThat(maps.get(3).name()).isEmpty();
        assertThat(maps.get(3).has("gd")).isTrue();
    }
}
