/**
 * The MIPS64 little-endian architecture, n64 ABI.
 */
package org.nesteddune.mips;
