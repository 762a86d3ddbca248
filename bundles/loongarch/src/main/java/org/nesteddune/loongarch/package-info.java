/**
 * The LoongArch64 architecture, lp64d ABI.
 */
package org.nesteddune.loongarch;
