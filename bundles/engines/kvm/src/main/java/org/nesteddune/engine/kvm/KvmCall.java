package org.nesteddune.engine.kvm;

import org.nesteddune.linux.Errno;

/** Makes exceptions of failed requests. */
final class KvmCall {

    private KvmCall() {
    }

    static long check(long result, long request, String hint, long... arguments) {
        if (Errno.isError(result)) {
            throw new KvmException(KvmIoctl.name(request), (int) -result, hint, null, arguments);
        }
        return result;
    }
}
