/**
 * The system-call family of poll, select and epoll.
 */
package org.nesteddune.syscalls.polling;
