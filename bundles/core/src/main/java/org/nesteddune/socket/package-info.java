/**
 * What dune knows of sockets beyond the host that carries them: which guest is behind a UNIX socket, under which names
 * guests have bound theirs, and which open files are on their way in messages.
 */
@Export
@Version("1.0.0")
package org.nesteddune.socket;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
