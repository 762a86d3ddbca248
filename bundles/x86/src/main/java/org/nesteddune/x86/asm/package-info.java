/**
 * A small assembler for x86-64: as many instructions as the emitted pieces of nested-dune need, each with its encoding.
 */
package org.nesteddune.x86.asm;
