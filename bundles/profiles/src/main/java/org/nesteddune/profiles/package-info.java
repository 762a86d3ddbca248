/** Profiles as configurations. */
package org.nesteddune.profiles;
