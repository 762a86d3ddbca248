/** The clone strategy SAME_VM. */
package org.nesteddune.clone.samevm;
