/**
 * Starts the OSGi framework with the bundles of the distribution and runs one command in it. Plain Java on the class
 * path: it knows the framework, but no class of any bundle.
 */
package org.nesteddune.launcher;
