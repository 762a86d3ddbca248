/**
 * Starts the framework with the bundles of the distribution and runs one command in it.
 */
package org.nesteddune.launcher;
