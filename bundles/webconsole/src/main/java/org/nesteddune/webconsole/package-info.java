/**
 * A plugin of the Felix Web Console: guests, what they do, their memory and a live trace, and buttons to signal, hold and release them. The
 * console finds the servlet by its service properties, and asks who comes for a password.
 */
package org.nesteddune.webconsole;
