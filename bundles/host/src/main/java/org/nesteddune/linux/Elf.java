package org.nesteddune.linux;

/**
 * Constants of ELF files. Source: {@code include/uapi/linux/elf.h}, {@code linux/elf-em.h} and the System V
 * ABI. Constants only: stateless, safe for any thread.
 */
public final class Elf {
    // e_ident
    public static final int EI_NIDENT = 16;
    public static final int EI_MAG0 = 0;
    public static final int EI_MAG1 = 1;
    public static final int EI_MAG2 = 2;
    public static final int EI_MAG3 = 3;
    public static final int SELFMAG = 4;
    public static final int EI_CLASS = 4;
    public static final int EI_DATA = 5;
    public static final int EI_VERSION = 6;
    public static final int EI_OSABI = 7;
    public static final int EI_ABIVERSION = 8;
    public static final int EI_PAD = 9;

    // Class, byte order, version, system
    public static final int ELFCLASSNONE = 0;
    public static final int ELFCLASS32 = 1;
    public static final int ELFCLASS64 = 2;
    public static final int ELFCLASSNUM = 3;
    public static final int ELFDATANONE = 0;
    public static final int ELFDATA2LSB = 1;
    public static final int ELFDATA2MSB = 2;
    public static final int ELFDATANUM = 3;
    public static final int ELFOSABI_NONE = 0;
    public static final int ELFOSABI_SYSV = 0;
    public static final int ELFOSABI_GNU = 3;
    public static final int ELFOSABI_LINUX = 3;
    public static final int EV_CURRENT = 1;

    // File types
    public static final int ET_NONE = 0;
    public static final int ET_REL = 1;
    public static final int ET_EXEC = 2;
    public static final int ET_DYN = 3;
    public static final int ET_CORE = 4;

    // Machines
    public static final int EM_NONE = 0;
    public static final int EM_SPARC = 2;
    public static final int EM_386 = 3;
    public static final int EM_68K = 4;
    public static final int EM_MIPS = 8;
    public static final int EM_PARISC = 15;
    public static final int EM_SPARC32PLUS = 18;
    public static final int EM_PPC = 20;
    public static final int EM_PPC64 = 21;
    public static final int EM_S390 = 22;
    public static final int EM_ARM = 40;
    public static final int EM_SH = 42;
    public static final int EM_SPARCV9 = 43;
    public static final int EM_IA_64 = 50;
    public static final int EM_X86_64 = 62;
    public static final int EM_VAX = 75;
    public static final int EM_CRIS = 76;
    public static final int EM_OPENRISC = 92;
    public static final int EM_XTENSA = 94;
    public static final int EM_ALTERA_NIOS2 = 113;
    public static final int EM_AARCH64 = 183;
    public static final int EM_MICROBLAZE = 189;
    public static final int EM_TILEGX = 191;
    public static final int EM_ARCV2 = 195;
    public static final int EM_RISCV = 243;
    public static final int EM_BPF = 247;
    public static final int EM_CSKY = 252;
    public static final int EM_ALPHA = 36902;
    public static final int EM_HEXAGON = 164;
    public static final int EM_LOONGARCH = 258;

    // Segments
    public static final int PT_NULL = 0x0;
    public static final int PT_LOAD = 0x1;
    public static final int PT_DYNAMIC = 0x2;
    public static final int PT_INTERP = 0x3;
    public static final int PT_NOTE = 0x4;
    public static final int PT_SHLIB = 0x5;
    public static final int PT_PHDR = 0x6;
    public static final int PT_TLS = 0x7;
    public static final int PT_GNU_EH_FRAME = 0x6474e550;
    public static final int PT_GNU_STACK = 0x6474e551;
    public static final int PT_GNU_RELRO = 0x6474e552;
    public static final int PT_GNU_PROPERTY = 0x6474e553;
    public static final int PT_LOPROC = 0x70000000;
    public static final int PT_HIPROC = 0x7fffffff;
    public static final int PT_MIPS_ABIFLAGS = 0x70000003;

    // Segment flags
    public static final int PF_X = 0x1;
    public static final int PF_W = 0x2;
    public static final int PF_R = 0x4;

    // Sections
    public static final int SHN_UNDEF = 0x0;
    public static final int SHN_ABS = 0xfff1;
    public static final int SHT_NULL = 0x0;
    public static final int SHT_PROGBITS = 0x1;
    public static final int SHT_SYMTAB = 0x2;
    public static final int SHT_STRTAB = 0x3;
    public static final int SHT_RELA = 0x4;
    public static final int SHT_HASH = 0x5;
    public static final int SHT_DYNAMIC = 0x6;
    public static final int SHT_NOTE = 0x7;
    public static final int SHT_NOBITS = 0x8;
    public static final int SHT_REL = 0x9;
    public static final int SHT_DYNSYM = 0xb;
    public static final int SHT_GNU_HASH = 0x6ffffff6;
    public static final int SHT_GNU_verdef = 0x6ffffffd;
    public static final int SHT_GNU_verneed = 0x6ffffffe;
    public static final int SHT_GNU_versym = 0x6fffffff;

    // Dynamic section
    public static final int DT_NULL = 0x0;
    public static final int DT_NEEDED = 0x1;
    public static final int DT_PLTRELSZ = 0x2;
    public static final int DT_PLTGOT = 0x3;
    public static final int DT_HASH = 0x4;
    public static final int DT_STRTAB = 0x5;
    public static final int DT_SYMTAB = 0x6;
    public static final int DT_RELA = 0x7;
    public static final int DT_RELASZ = 0x8;
    public static final int DT_RELAENT = 0x9;
    public static final int DT_STRSZ = 0xa;
    public static final int DT_SYMENT = 0xb;
    public static final int DT_INIT = 0xc;
    public static final int DT_FINI = 0xd;
    public static final int DT_SONAME = 0xe;
    public static final int DT_RPATH = 0xf;
    public static final int DT_SYMBOLIC = 0x10;
    public static final int DT_REL = 0x11;
    public static final int DT_RELSZ = 0x12;
    public static final int DT_RELENT = 0x13;
    public static final int DT_PLTREL = 0x14;
    public static final int DT_DEBUG = 0x15;
    public static final int DT_TEXTREL = 0x16;
    public static final int DT_JMPREL = 0x17;
    public static final int DT_BIND_NOW = 0x18;
    public static final int DT_RUNPATH = 0x1d;
    public static final int DT_FLAGS = 0x1e;
    public static final int DT_GNU_HASH = 0x6ffffef5;
    public static final int DT_VERSYM = 0x6ffffff0;
    public static final int DT_FLAGS_1 = 0x6ffffffb;
    public static final int DT_VERDEF = 0x6ffffffc;
    public static final int DT_VERDEFNUM = 0x6ffffffd;
    public static final int DT_VERNEED = 0x6ffffffe;
    public static final int DT_VERNEEDNUM = 0x6fffffff;

    // Symbols
    public static final int STB_LOCAL = 0;
    public static final int STB_GLOBAL = 1;
    public static final int STB_WEAK = 2;
    public static final int STT_NOTYPE = 0;
    public static final int STT_OBJECT = 1;
    public static final int STT_FUNC = 2;
    public static final int STT_SECTION = 3;
    public static final int STT_FILE = 4;
    public static final int STT_COMMON = 5;
    public static final int STT_TLS = 6;
    public static final int STV_DEFAULT = 0;
    public static final int STV_INTERNAL = 1;
    public static final int STV_HIDDEN = 2;
    public static final int STV_PROTECTED = 3;

    // Notes
    public static final int NT_PRSTATUS = 0x1;
    public static final int NT_PRFPREG = 0x2;
    public static final int NT_FPREGSET = 0x2;
    public static final int NT_PRPSINFO = 0x3;
    public static final int NT_AUXV = 0x6;
    public static final int NT_SIGINFO = 0x53494749;
    public static final int NT_FILE = 0x46494c45;
    public static final int NT_GNU_ABI_TAG = 0x1;
    public static final int NT_GNU_BUILD_ID = 0x3;
    public static final int NT_GNU_PROPERTY_TYPE_0 = 0x5;

    // MIPS e_flags
    public static final int EF_MIPS_NOREORDER = 0x1;
    public static final int EF_MIPS_PIC = 0x2;
    public static final int EF_MIPS_CPIC = 0x4;
    public static final int EF_MIPS_ABI2 = 0x20;
    public static final int EF_MIPS_NAN2008 = 0x400;
    public static final int EF_MIPS_ARCH = 0xf0000000;
    public static final int EF_MIPS_ARCH_1 = 0x0;
    public static final int EF_MIPS_ARCH_2 = 0x10000000;
    public static final int EF_MIPS_ARCH_3 = 0x20000000;
    public static final int EF_MIPS_ARCH_4 = 0x30000000;
    public static final int EF_MIPS_ARCH_5 = 0x40000000;
    public static final int EF_MIPS_ARCH_32 = 0x50000000;
    public static final int EF_MIPS_ARCH_64 = 0x60000000;
    public static final int EF_MIPS_ARCH_32R2 = 0x70000000;
    public static final int EF_MIPS_ARCH_64R2 = 0x80000000;

    /** The four bytes at the start of every ELF file, as a little-endian int. */
    public static final int MAGIC = 0x464c457f;

    /** What people call a machine: "x86-64", "MIPS", "LoongArch"; "unknown machine N" when there is no name here. */
    public static String name(int machine) {
        switch (machine) {
            case EM_NONE: return "no machine";
            case EM_SPARC: return "SPARC";
            case EM_386: return "Intel 386";
            case EM_68K: return "Motorola 68000";
            case EM_MIPS: return "MIPS";
            case EM_PARISC: return "PA-RISC";
            case EM_SPARC32PLUS: return "SPARC 32+";
            case EM_PPC: return "PowerPC";
            case EM_PPC64: return "PowerPC64";
            case EM_S390: return "S/390";
            case EM_ARM: return "ARM";
            case EM_SH: return "SuperH";
            case EM_SPARCV9: return "SPARC 64";
            case EM_IA_64: return "Itanium";
            case EM_X86_64: return "x86-64";
            case EM_VAX: return "VAX";
            case EM_CRIS: return "CRIS";
            case EM_XTENSA: return "Xtensa";
            case EM_OPENRISC: return "OpenRISC";
            case EM_MICROBLAZE: return "MicroBlaze";
            case EM_HEXAGON: return "Hexagon";
            case EM_AARCH64: return "AArch64";
            case EM_TILEGX: return "TILE-Gx";
            case EM_RISCV: return "RISC-V";
            case EM_BPF: return "BPF";
            case EM_CSKY: return "C-SKY";
            case EM_LOONGARCH: return "LoongArch";
            case EM_ALPHA: return "Alpha";
            default: return "unknown machine " + machine;
        }
    }

    private Elf() {
    }
}
