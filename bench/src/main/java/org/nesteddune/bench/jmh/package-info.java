/** JMH benchmarks of the Java side: what stands between a guest's system call and the host's. */
package org.nesteddune.bench.jmh;
