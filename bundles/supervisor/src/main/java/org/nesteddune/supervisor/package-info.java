/** Guests as configurations: what they say, and what is done to keep guests as they say. */
package org.nesteddune.supervisor;
