/**
 * Benchmarks.
 */
package org.nesteddune.bench;
