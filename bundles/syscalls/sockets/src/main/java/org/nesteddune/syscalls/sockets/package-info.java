/**
 * The system-call family of sockets: those of the host, with a guest's names, identities and descriptors in place of the
 * runtime's.
 */
package org.nesteddune.syscalls.sockets;
