/** The system-call family of sockets: so far what programs ask of a descriptor to learn whether it is one. */
package org.nesteddune.syscalls.sockets;
