/** From a system-call number to the service that carries it out. */
package org.nesteddune.internal.dispatch;
