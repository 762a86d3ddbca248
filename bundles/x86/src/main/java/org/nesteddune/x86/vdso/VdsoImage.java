package org.nesteddune.x86.vdso;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nesteddune.arch.SyscallNumbers;
import org.nesteddune.linux.Elf;

/**
 * Puts functions into an ELF shared object as the kernel's vDSO is one: a single segment that holds everything, symbols
 * with a version, both kinds of hash tables, unwind information, section headers for debuggers. Addresses count from the
 * image's start. Sources: System V ABI, chapters 4 and 5, its x86-64 supplement, and the LSB for versions and {@code
 * .eh_frame}.
 */
final class VdsoImage {

    private static final String SONAME = "linux-vdso.so.1";
    private static final String VERSION = "LINUX_2.6";
    private static final String PREFIX = "__vdso_";

    /** The number of the section with the code. */
    private static final int TEXT_INDEX = 11;

    private static final int PAGE_SIZE = 4096;

    private static final int EHDR_SIZE = 64;
    private static final int PHDR_SIZE = 56;
    private static final int SHDR_SIZE = 64;
    private static final int SYM_SIZE = 24;

    // Section types, and the flags of one that is in memory and executable
    private static final int SHT_PROGBITS = 1;
    private static final int SHT_STRTAB = 3;
    private static final int SHT_HASH = 5;
    private static final int SHT_DYNAMIC = 6;
    private static final int SHT_NOTE = 7;
    private static final int SHT_DYNSYM = 11;
    private static final int SHT_GNU_HASH = 0x6ffffff6;
    private static final int SHT_GNU_VERDEF = 0x6ffffffd;
    private static final int SHT_GNU_VERSYM = 0x6fffffff;
    private static final int SHF_ALLOC = 2;
    private static final int SHF_EXECINSTR = 4;

    // Tags of the dynamic section
    private static final long DT_NULL = 0;
    private static final long DT_HASH = 4;
    private static final long DT_STRTAB = 5;
    private static final long DT_SYMTAB = 6;
    private static final long DT_STRSZ = 10;
    private static final long DT_SYMENT = 11;
    private static final long DT_SONAME = 14;
    private static final long DT_GNU_HASH = 0x6ffffef5L;
    private static final long DT_VERSYM = 0x6ffffff0L;
    private static final long DT_VERDEF = 0x6ffffffcL;
    private static final long DT_VERDEFNUM = 0x6ffffffdL;

    // Symbols
    private static final int GLOBAL_FUNCTION = 1 << 4 | 2;
    private static final int WEAK_FUNCTION = 2 << 4 | 2;
    private static final int GLOBAL_OBJECT = 1 << 4 | 1;
    private static final int SHN_ABS = 0xfff1;

    // Versions: number 1 is the object itself
    private static final int VERSION_INDEX = 2;
    private static final int VER_FLG_BASE = 1;

    // DWARF: pointer encodings and call frame instructions
    private static final int PE_UDATA4 = 0x03;
    private static final int PE_PCREL_SDATA4 = 0x1b;
    private static final int PE_DATAREL_SDATA4 = 0x3b;
    private static final int CFA_DEF_CFA = 0x0c;
    private static final int CFA_OFFSET_RA = 0x80 | 16;
    private static final int DWARF_RSP = 7;
    private static final int DWARF_RA = 16;

    /** A section: {@code link} names another one, {@code info} and {@code entry} are as in its header. */
    private record Section(
            String name, int type, int flags, int align, byte[] bytes, String link, int info, int entry, int offset) {}

    private final Map<String, Section> sections = new LinkedHashMap<>();
    private final Strings strings = new Strings();
    private final List<String> symbols;
    private int end = EHDR_SIZE + 4 * PHDR_SIZE;

    private VdsoImage() {
        List<String> names = new ArrayList<>();
        for (String function : VdsoCode.NAMES) {
            names.add(PREFIX + function);
            names.add(function);
        }
        names.add(VERSION);
        symbols = GnuHash.order(names);
    }

    /**
     * Builds the image.
     *
     * @param numbers of the system calls that the code falls back on
     * @param kernel the kernel's version as LINUX_VERSION_CODE has it, for the note from which the C library learns it
     *     without a system call
     * @param dataLength bytes of the data pages before the image
     * @return the image, its length a multiple of the page size
     */
    static byte[] build(SyscallNumbers numbers, int kernel, int dataLength) {
        VdsoImage image = new VdsoImage();
        image.addAll(numbers, kernel, dataLength);
        return image.toBytes();
    }

    private void addAll(SyscallNumbers numbers, int kernel, int dataLength) {
        for (String symbol : symbols) {
            strings.add(symbol);
        }
        strings.add(SONAME);
        int symbolCount = symbols.size() + 1;
        byte[] notes = note(kernel);

        add(".hash", SHT_HASH, 0, 8, SysvHash.table(symbols), ".dynsym", 0, 4);
        add(".gnu.hash", SHT_GNU_HASH, 0, 8, GnuHash.table(symbols), ".dynsym", 0, 0);
        // Sizes do not depend on contents, so that it is known where all will lie.
        int symtab = align(end, 8);
        int strtab = symtab + symbolCount * SYM_SIZE;
        int versym = align(strtab + strings.size(), 2);
        int verdef = align(versym + 2 * symbolCount, 8);
        int dynamic = align(verdef + versionDefinitions().length, 8);
        int note = align(dynamic + dynamicSection(0, 0, 0, 0).length, 4);
        int frameHeader = align(note + notes.length, 4);
        int frames = align(frameHeader + 20, 8);
        int text = align(frames + unwindTable(0, 0, 0).length, 32);
        VdsoCode code = new VdsoCode(numbers, -dataLength - text);
        byte[] codeBytes = code.bytes();
        add(".dynsym", SHT_DYNSYM, 0, 8, symbolTable(code, text), ".dynstr", 1, SYM_SIZE);
        add(".dynstr", SHT_STRTAB, 0, 1, strings.bytes(), "", 0, 0);
        add(".gnu.version", SHT_GNU_VERSYM, 0, 2, symbolVersions(), ".dynsym", 0, 2);
        add(".gnu.version_d", SHT_GNU_VERDEF, 0, 8, versionDefinitions(), ".dynstr", 2, 0);
        add(".dynamic", SHT_DYNAMIC, 0, 8, dynamicSection(symtab, strtab, versym, verdef), ".dynstr", 0, 16);
        add(".note", SHT_NOTE, 0, 4, notes, "", 0, 0);
        add(".eh_frame_hdr", SHT_PROGBITS, 0, 4, unwindIndex(frameHeader, frames, text), "", 0, 0);
        add(".eh_frame", SHT_PROGBITS, 0, 8, unwindTable(frames, text, codeBytes.length), "", 0, 0);
        add(".text", SHT_PROGBITS, SHF_EXECINSTR, 32, codeBytes, "", 0, 0);
        if (sections.get(".text").offset() != text) {
            throw new IllegalStateException("the code is not where the tables say");
        }
    }

    private void add(
            String name, int type, int flags, int align, byte[] bytes, String link, int info, int entry) {
        int offset = align(end, align);
        sections.put(name, new Section(name, type, SHF_ALLOC | flags, align, bytes, link, info, entry, offset));
        end = offset + bytes.length;
    }

    private static int align(int value, int multiple) {
        return (value + multiple - 1) & -multiple;
    }

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    private byte[] symbolTable(VdsoCode code, int text) {
        ByteBuffer table = buffer((symbols.size() + 1) * SYM_SIZE);
        table.position(SYM_SIZE);
        for (String symbol : symbols) {
            table.putInt(strings.offset(symbol));
            if (symbol.equals(VERSION)) {
                table.put((byte) GLOBAL_OBJECT).put((byte) 0).putShort((short) SHN_ABS).putLong(0).putLong(0);
            } else {
                boolean prefixed = symbol.startsWith(PREFIX);
                String function = prefixed ? symbol.substring(PREFIX.length()) : symbol;
                table.put((byte) (prefixed ? GLOBAL_FUNCTION : WEAK_FUNCTION)).put((byte) 0);
                table.putShort((short) TEXT_INDEX);
                table.putLong(text + code.offset(function)).putLong(code.size(function));
            }
        }
        return table.array();
    }

    private byte[] symbolVersions() {
        ByteBuffer versions = buffer((symbols.size() + 1) * 2).putShort((short) 0);
        for (int i = 0; i < symbols.size(); i++) {
            versions.putShort((short) VERSION_INDEX);
        }
        return versions.array();
    }

    /** Two of struct Verdef with a struct Verdaux each. */
    private byte[] versionDefinitions() {
        ByteBuffer table = buffer(2 * 28);
        definition(table, VER_FLG_BASE, 1, SONAME, 28);
        definition(table, 0, VERSION_INDEX, VERSION, 0);
        return table.array();
    }

    private void definition(ByteBuffer table, int flags, int index, String name, int next) {
        table.putShort((short) 1).putShort((short) flags).putShort((short) index).putShort((short) 1);
        table.putInt(SysvHash.hash(name)).putInt(20).putInt(next);
        table.putInt(strings.offset(name)).putInt(0);
    }

    private byte[] dynamicSection(int symtab, int strtab, int versym, int verdef) {
        long[] entries = {
            DT_SONAME, strings.offset(SONAME),
            DT_HASH, sections.get(".hash").offset(),
            DT_GNU_HASH, sections.get(".gnu.hash").offset(),
            DT_STRTAB, strtab,
            DT_SYMTAB, symtab,
            DT_STRSZ, strings.size(),
            DT_SYMENT, SYM_SIZE,
            DT_VERDEF, verdef,
            DT_VERDEFNUM, 2,
            DT_VERSYM, versym,
            DT_NULL, 0
        };
        ByteBuffer section = buffer(8 * entries.length);
        for (long entry : entries) {
            section.putLong(entry);
        }
        return section.array();
    }

    /** A note of the owner "Linux" and of type 0: the kernel's version. */
    private static byte[] note(int kernel) {
        return buffer(24).putInt(6).putInt(4).putInt(0)
                .put("Linux\0\0\0".getBytes(StandardCharsets.ISO_8859_1)).putInt(kernel).array();
    }

    /** A table for binary search with one entry. */
    private static byte[] unwindIndex(int at, int frames, int text) {
        ByteBuffer index = buffer(20);
        index.put((byte) 1).put((byte) PE_PCREL_SDATA4).put((byte) PE_UDATA4).put((byte) PE_DATAREL_SDATA4);
        index.putInt(frames - (at + 4)).putInt(1);
        index.putInt(text - at).putInt(frames + 24 - at);
        return index.array();
    }

    /** One CIE and one FDE: no function moves the stack pointer, so the return address is on top everywhere. */
    private static byte[] unwindTable(int at, int text, int length) {
        ByteBuffer table = buffer(24 + 24 + 4);
        table.putInt(20).putInt(0); // length without itself; the mark of a CIE
        table.put((byte) 1).put("zR\0".getBytes(StandardCharsets.ISO_8859_1));
        table.put((byte) 1).put((byte) 0x78); // factors: code 1, data -8
        table.put((byte) DWARF_RA).put((byte) 1).put((byte) PE_PCREL_SDATA4);
        table.put((byte) CFA_DEF_CFA).put((byte) DWARF_RSP).put((byte) 8);
        table.put((byte) CFA_OFFSET_RA).put((byte) 1);
        table.position(24);
        table.putInt(20).putInt(28); // length; distance back to the CIE from this word
        table.putInt(text - (at + 32)).putInt(length).put((byte) 0);
        table.position(48);
        return table.putInt(0).array(); // the end
    }

    private byte[] toBytes() {
        Strings names = new Strings();
        for (String section : sections.keySet()) {
            names.add(section);
        }
        names.add(".shstrtab");
        int nameTable = end;
        int headers = align(nameTable + names.size(), 8);
        int count = sections.size() + 2;
        ByteBuffer image = buffer(align(headers + count * SHDR_SIZE, PAGE_SIZE));

        elfHeader(image, headers, count);
        segment(image, Elf.PT_LOAD, Elf.PF_R | Elf.PF_X, 0, headers + count * SHDR_SIZE, PAGE_SIZE);
        segment(image, Elf.PT_DYNAMIC, Elf.PF_R, sections.get(".dynamic"));
        segment(image, Elf.PT_NOTE, Elf.PF_R, sections.get(".note"));
        segment(image, Elf.PT_GNU_EH_FRAME, Elf.PF_R, sections.get(".eh_frame_hdr"));
        List<String> order = new ArrayList<>(sections.keySet());
        image.position(headers + SHDR_SIZE);
        for (Section section : sections.values()) {
            System.arraycopy(section.bytes(), 0, image.array(), section.offset(), section.bytes().length);
            header(image, names, section, order.indexOf(section.link()) + 1);
        }
        System.arraycopy(names.bytes(), 0, image.array(), nameTable, names.size());
        header(image, names,
                new Section(".shstrtab", SHT_STRTAB, 0, 1, names.bytes(), "", 0, 0, nameTable), 0);
        return image.array();
    }

    private static void elfHeader(ByteBuffer image, int headers, int count) {
        image.put(new byte[] {0x7f, 'E', 'L', 'F', Elf.ELFCLASS64, Elf.ELFDATA2LSB, Elf.EV_CURRENT, 0});
        image.position(16);
        image.putShort((short) Elf.ET_DYN).putShort((short) Elf.EM_X86_64).putInt(Elf.EV_CURRENT);
        image.putLong(0).putLong(EHDR_SIZE).putLong(headers).putInt(0);
        image.putShort((short) EHDR_SIZE).putShort((short) PHDR_SIZE).putShort((short) 4);
        image.putShort((short) SHDR_SIZE).putShort((short) count).putShort((short) (count - 1));
    }

    private static void segment(ByteBuffer image, int type, int flags, Section section) {
        segment(image, type, flags, section.offset(), section.bytes().length, section.align());
    }

    private static void segment(ByteBuffer image, int type, int flags, int offset, int length, int align) {
        image.putInt(type).putInt(flags).putLong(offset).putLong(offset).putLong(offset);
        image.putLong(length).putLong(length).putLong(align);
    }

    private static void header(ByteBuffer image, Strings names, Section section, int link) {
        image.putInt(names.offset(section.name())).putInt(section.type()).putLong(section.flags());
        image.putLong((section.flags() & SHF_ALLOC) != 0 ? section.offset() : 0).putLong(section.offset());
        image.putLong(section.bytes().length).putInt(link).putInt(section.info());
        image.putLong(section.align()).putLong(section.entry());
    }

    /** A string table. */
    private static final class Strings {

        private final Map<String, Integer> offsets = new LinkedHashMap<>();
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        Strings() {
            bytes.write(0);
        }

        void add(String text) {
            offsets.put(text, bytes.size());
            bytes.writeBytes((text + "\0").getBytes(StandardCharsets.ISO_8859_1));
        }

        int offset(String text) {
            return offsets.get(text);
        }

        int size() {
            return bytes.size();
        }

        byte[] bytes() {
            return bytes.toByteArray();
        }
    }
}
