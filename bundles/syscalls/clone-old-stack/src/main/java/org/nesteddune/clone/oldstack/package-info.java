/** The clone strategy DIFF_VM_OLD_STACK. */
package org.nesteddune.clone.oldstack;
