package org.nesteddune.devices.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RequestsTest {

    // Where the size of what an argument points to is in a number; in some there is none (asm-generic/ioctl.h).
    private static final int SIZE_SHIFT = 16;

    private static final int SIZE_MASK = 0x3fff;

    @Test
    void structuresHaveTheSizesThatTheirNumbersSay() {
        Stream.of(Requests.ofSystem(), Requests.ofVm(), Requests.ofVcpu())
                .flatMap(requests -> requests.all().stream())
                .forEach(request -> {
                    int size = request.number() >>> SIZE_SHIFT & SIZE_MASK;
                    if (request.form() instanceof Request.Structure structure && size != 0) {
                        assertThat(structure.size()).as(request.name()).isEqualTo(size);
                    }
                    if (request.form() instanceof Request.Plain) {
                        assertThat(size).as(request.name()).isZero();
                    }
                    assertThat(request.number() >>> 8 & 0xff).as(request.name()).isEqualTo(0xae);
                });
    }

    @Test
    void whatLeadsOutOfTheGuestIsUnknown() {
        Requests vm = Requests.ofVm();
        // KVM_CREATE_GUEST_MEMFD, KVM_SET_MEMORY_ATTRIBUTES, KVM_XEN_HVM_CONFIG, KVM_MEMORY_ENCRYPT_OP
        for (int number : new int[] {0xc040aed4, 0x4020aed2, 0x4038ae7a, 0xc008aeba}) {
            assertThat(vm.find(number)).isNull();
        }
    }
}
