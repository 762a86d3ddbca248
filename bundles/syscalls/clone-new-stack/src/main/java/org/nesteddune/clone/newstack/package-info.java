/** The clone strategy DIFF_VM_NEW_STACK. */
package org.nesteddune.clone.newstack;
