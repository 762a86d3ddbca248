/** What the tests of architectures need of the software engine: a guest that is a few instructions, and tests that all must pass. */
package org.nesteddune.engine.software.testing;
