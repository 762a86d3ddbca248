/**
 * The x86-64 architecture.
 */
package org.nesteddune.x86;
