/**
 * Benchmarks of guests against the same programs run natively, or against the floor that the host sets. The bundle
 * brings the command {@code bench}; {@code bench/run} starts it. The figures and how they come about: {@code
 * bench/README.md}.
 */
package org.nesteddune.bench;
