# CPython's own regression tests of what asks the kernel, as far as Debian's libpython3-testsuite has them: one line a test.
# MODULES chooses among them.
# needs: /usr/bin/python3
# seconds: 3600
modules=${MODULES:-test_thread test_threading test_threadsignals test_threading_local test_queue test_signal test_mmap
    test_subprocess test_fork1 test_wait3 test_wait4 test_popen test_pipes test_pty test_openpty test_fcntl test_ioctl
    test_faulthandler test_select test_selectors test_epoll test_poll test_os test_posix test_time test_resource
    test_tempfile test_shutil test_pathlib test_io test_eintr test_socket test_socketserver test_asyncore test_asynchat test_ftplib test_ssl
    test_multiprocessing_fork test_multiprocessing_forkserver test_multiprocessing_spawn test_concurrent_futures
    test_asyncio.test_subprocess test_asyncio.test_events test_asyncio.test_unix_events test_asyncio.test_sock_lowlevel
    test_asyncio.test_streams test_asyncio.test_selector_events test_asyncio.test_sslproto test_asyncio.test_tasks
    test_asyncio.test_threads test_asyncio.test_server test_asyncio.test_sendfile test_asyncio.test_transports}
if ! /usr/bin/python3 -c 'import test.test_threading' 2>/dev/null; then
    echo "the tests of python3 are missing (Debian: libpython3-testsuite)"
    exit 77
fi
cat > run.py <<'PY'
import importlib
import os
import sys
import unittest

import test.support

# Tests change the working directory.
LINES = os.path.abspath('lines')


class Lines(unittest.TextTestResult):
    def say(self, test, result):
        with open(LINES, 'a') as lines:
            lines.write(f'{test.id() if hasattr(test, "id") else test}: {result}\n')

    def addSuccess(self, test):
        super().addSuccess(test)
        self.say(test, 'ok')

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.say(test, 'failed')

    def addError(self, test, error):
        super().addError(test, error)
        self.say(test, 'error')

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.say(test, 'skipped')

    def addExpectedFailure(self, test, error):
        super().addExpectedFailure(test, error)
        self.say(test, 'failed as expected')

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error is not None:
            self.say(test, 'failed in part')


def chosen(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from chosen(test)
        # Hangs natively where the kernel has VSOCK but nobody to talk to.
        elif 'VSOCK' not in test.id():
            yield test


def run(name):
    module = importlib.import_module(name)
    if name == 'test.test_decimal' and hasattr(module, 'test_main'):
        # Up to Python 3.11 it chooses its classes and sets its contexts there.
        test.support.run_unittest = module.run_unittest = lambda *some: run_classes(some)
        module.test_main()
        return outcome
    return run_suites([unittest.defaultTestLoader.loadTestsFromModule(module)])


outcome = None


def run_classes(some):
    global outcome
    outcome = run_suites([unittest.defaultTestLoader.loadTestsFromTestCase(one) if isinstance(one, type)
                          else unittest.defaultTestLoader.loadTestsFromModule(one) for one in some])


def run_suites(suites):
    suite = unittest.TestSuite()
    for one in suites:
        suite.addTests(chosen(one))
    return unittest.TextTestRunner(verbosity=0, resultclass=Lines).run(suite)


if __name__ == '__main__':
    test.support.verbose = False
    result = run('test.' + sys.argv[1])
    sys.exit(not result.wasSuccessful())
PY
for module in $modules; do
    timeout -k 10 "${LIMIT:-900}" /usr/bin/python3 run.py "$module" >/dev/null
    status=$?
    sort lines
    rm -f lines
    echo "$module ended with $status"
done
