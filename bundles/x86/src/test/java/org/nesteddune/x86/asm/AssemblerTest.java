package org.nesteddune.x86.asm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** The expected bytes are those of the GNU assembler, in the forms that have a displacement or immediate of 32 bits. */
class AssemblerTest {

    private static void assertCode(Consumer<Assembler> emit, String bytes) {
        Assembler assembler = new Assembler();
        emit.accept(assembler);
        assertThat(HexFormat.ofDelimiter(" ").formatHex(assembler.toBytes())).isEqualTo(bytes);
    }

    @Test
    void registersHaveTheirPrefixes() {
        assertCode(a -> a.movq(Register.RAX, Register.R9), "49 8b c1");
        assertCode(a -> a.movq(Register.R10, Register.RAX), "4c 8b d0");
        assertCode(a -> a.movl(Register.RCX, Register.RDX), "8b ca");
        assertCode(a -> a.xorl(Register.R8, Register.R8), "45 33 c0");
        assertCode(a -> a.pushq(Register.R12).popq(Register.RBX), "41 54 5b");
        assertCode(a -> a.btl(Register.R10, Register.RDI), "41 0f a3 fa");
        assertCode(a -> a.shrdq(Register.RAX, Register.RDX, 48), "48 0f ac d0 30");
        assertCode(a -> a.lsl(Register.RAX, Register.RAX), "0f 03 c0");
        assertCode(a -> a.mulq(Register.R10), "49 f7 e2");
        assertCode(a -> a.call(Register.R12), "41 ff d4");
    }

    @Test
    void memoryOperandsHaveBaseIndexAndDisplacement() {
        assertCode(a -> a.movq(Register.RAX, Operand.at(Register.RSP, 8)), "48 8b 84 24 08 00 00 00");
        assertCode(a -> a.movq(Operand.at(Register.R13, -8), Register.R9), "4d 89 8d f8 ff ff ff");
        assertCode(a -> a.movq(Register.R11, Operand.at(Register.RCX, Register.RDI, 3, 32)), "4c 8b 9c f9 20 00 00 00");
        assertCode(a -> a.leaq(Register.RCX, Operand.at(Register.R8, Register.RCX, 0, 512)), "49 8d 8c 08 00 02 00 00");
        assertCode(a -> a.leaq(Register.R8, Operand.relative(-4096)), "4c 8d 05 f9 ef ff ff");
        assertCode(a -> a.divq(Operand.at(Register.R8, 8)), "49 f7 b0 08 00 00 00");
        assertThatThrownBy(() -> Operand.at(Register.RAX, Register.RSP, 0, 0))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void immediatesHaveTheirSize() {
        assertCode(a -> a.movl(Register.R10, 0x8e3), "41 ba e3 08 00 00");
        assertCode(a -> a.movq(Register.R10, 0x44B82FA09B5A53L), "49 ba 53 5a 9b a0 2f b8 44 00");
        assertCode(a -> a.cmpl(Register.RDI, 11), "81 ff 0b 00 00 00");
        assertCode(a -> a.imulq(Register.R10, Register.RDX, 1_000_000_000), "4c 69 d2 00 ca 9a 3b");
        assertCode(a -> a.shlq(Register.RDX, 32), "48 c1 e2 20");
    }

    @Test
    void jumpsGoForwardAndBack() {
        Assembler a = new Assembler();
        Label start = new Label();
        Label end = new Label();
        a.bind(start).j(Condition.NOT_EQUAL, end).jmp(start).bind(end).ret();
        assertThat(HexFormat.ofDelimiter(" ").formatHex(a.toBytes()))
                .isEqualTo("0f 85 05 00 00 00 e9 f5 ff ff ff c3");
        a.jmp(new Label());
        assertThatThrownBy(a::toBytes).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> a.bind(start)).isInstanceOf(IllegalStateException.class);
    }
}
