/** Core files: what a process was when a signal ended it, as an ELF file (core(5), fs/binfmt_elf.c and fs/coredump.c). */
package org.nesteddune.internal.dump;
