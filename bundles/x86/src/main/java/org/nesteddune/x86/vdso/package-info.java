/**
 * The vDSO of x86-64 guests: its code and ELF image, emitted here, and the clock behind it.
 *
 * <p>The guest computes the time from its time-stamp counter, which is the host's, and from a page that {@link
 * org.nesteddune.x86.vdso.ClockPage} describes and {@link org.nesteddune.x86.vdso.Timekeeper} keeps current.
 */
package org.nesteddune.x86.vdso;
