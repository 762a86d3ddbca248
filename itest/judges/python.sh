# python3: threads, processes, shared memory, asyncio with children and sockets, signals, mapped memory.
# needs: /usr/bin/python3
# seconds: 60
cat > judge.py <<'PY'
import asyncio
import concurrent.futures
import ctypes
import fcntl
import mmap
import multiprocessing
import multiprocessing.shared_memory
import os
import queue
import select
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time


def square(x):
    return x * x


def add(value, lock, n):
    for _ in range(n):
        with lock:
            value.value += 1


def threads():
    work, done, total, lock = queue.Queue(), [], [0], threading.Lock()

    def worker():
        while (item := work.get()) is not None:
            with lock:
                total[0] += item
        done.append(threading.current_thread().name)

    pool = [threading.Thread(target=worker, name=f'worker {i}') for i in range(8)]
    for thread in pool:
        thread.start()
    for i in range(2000):
        work.put(i)
    for _ in pool:
        work.put(None)
    for thread in pool:
        thread.join()
    print('threads', total[0], sorted(done))
    barrier, event, waits = threading.Barrier(4), threading.Event(), []
    pool = [threading.Thread(target=lambda: waits.append((barrier.wait() >= 0, event.wait(10)))) for _ in range(4)]
    for thread in pool:
        thread.start()
    event.set()
    for thread in pool:
        thread.join()
    print('barrier', waits, threading.Semaphore(0).acquire(timeout=0.05))
    with concurrent.futures.ThreadPoolExecutor(4) as executor:
        print('executor', sum(executor.map(square, range(100))))


def processes():
    for method in ('fork',) if os.environ.get('QUICK') else ('fork', 'spawn', 'forkserver'):
        context = multiprocessing.get_context(method)
        with context.Pool(3) as pool:
            print(method, 'pool', sum(pool.map(square, range(50), 5)))
        value, lock = context.Value('i', 0, lock=False), context.Lock()
        workers = [context.Process(target=add, args=(value, lock, 200)) for _ in range(3)]
        for each in workers:
            each.start()
        for each in workers:
            each.join()
        print(method, 'value', value.value, [each.exitcode for each in workers])
    with multiprocessing.Manager() as manager:
        shared = manager.dict()
        workers = [multiprocessing.Process(target=shared.__setitem__, args=(i, i * i)) for i in range(3)]
        for each in workers:
            each.start()
        for each in workers:
            each.join()
        print('manager', sorted(shared.items()))
    block = multiprocessing.shared_memory.SharedMemory(create=True, size=4096)
    pid = os.fork()
    if pid == 0:
        block.buf[:5] = b'child'
        os._exit(0)
    os.waitpid(pid, 0)
    print('shared memory', bytes(block.buf[:5]))
    block.close()
    block.unlink()
    sleeper = multiprocessing.Process(target=time.sleep, args=(100,))
    sleeper.start()
    sleeper.terminate()
    sleeper.join()
    print('terminated', sleeper.exitcode)


def children():
    print(subprocess.run(['tr', 'a-z', 'A-Z'], input='upper', capture_output=True, text=True).stdout)
    print(subprocess.run('exit 7', shell=True).returncode, subprocess.run(['sh', '-c', 'kill -9 $$']).returncode)
    try:
        subprocess.run(['sleep', '10'], timeout=0.2)
    except subprocess.TimeoutExpired as late:
        print('timeout', late.cmd)
    first = subprocess.Popen(['printf', 'b\\na\\nc\\n'], stdout=subprocess.PIPE)
    print(subprocess.check_output(['sort'], stdin=first.stdout), first.wait())
    try:
        subprocess.Popen(['/nowhere'])
    except OSError as failed:
        print(failed)
    fast = [subprocess.Popen(['true']) for _ in range(20)]
    print('all', sum(each.wait() for each in fast))
    print(subprocess.run(['sh', '-c', 'pwd; umask; ulimit -n; echo $A'], cwd='/', umask=0o27, env={'A': 'b'},
                         preexec_fn=lambda: __import__('resource').setrlimit(7, (99, 99)),
                         start_new_session=True, capture_output=True).stdout)


def signals():
    got = []
    for number in (signal.SIGUSR1, signal.SIGALRM, signal.SIGCHLD, signal.SIGRTMIN + 2):
        signal.signal(number, lambda number, frame: got.append(int(number)))
    os.kill(os.getpid(), signal.SIGUSR1)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    begin = time.monotonic()
    time.sleep(0.3)
    print('slept', time.monotonic() - begin >= 0.3, got)
    subprocess.run('true')
    signal.pthread_kill(threading.main_thread().ident, signal.SIGRTMIN + 2)
    print('got', got)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
    os.kill(os.getpid(), signal.SIGUSR2)
    info = signal.sigwaitinfo([signal.SIGUSR2])
    print('waited', info.si_signo, info.si_pid == os.getpid(), signal.sigtimedwait([signal.SIGUSR2], 0.05))
    read, write = os.pipe()
    os.set_blocking(write, False)
    signal.set_wakeup_fd(write)
    os.kill(os.getpid(), signal.SIGUSR1)
    print('wakeup', os.read(read, 9), signal.set_wakeup_fd(-1) == write)
    pid = os.fork()
    if pid == 0:
        signal.pause()
    os.kill(pid, signal.SIGSTOP)
    print('stopped', os.WSTOPSIG(os.waitpid(pid, os.WUNTRACED)[1]))
    os.kill(pid, signal.SIGCONT)
    print('continued', os.WIFCONTINUED(os.waitpid(pid, os.WCONTINUED)[1]))
    os.kill(pid, signal.SIGTERM)
    print('ended', os.WTERMSIG(os.waitpid(pid, 0)[1]))
    os.kill(os.getpid(), 0)


def memory():
    with open('mapped', 'wb+') as file:
        file.truncate(100000)
        shared = mmap.mmap(file.fileno(), 0)
        private = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        shared[50000:50003] = b'abc'
        private[60000:60003] = b'xyz'
        print(private[50000:50003], shared[60000:60003], shared.find(b'abc'))
        shared.flush()
        shared.resize(200000)
        file.seek(50000)
        print(file.read(3), len(shared))
    anonymous = mmap.mmap(-1, 8192)
    if (pid := os.fork()) == 0:
        anonymous[:2] = b'hi'
        os._exit(0)
    os.waitpid(pid, 0)
    print(anonymous[:2])
    pid = os.fork()
    if pid == 0:
        ctypes.string_at(8)
    print('fault', os.WTERMSIG(os.waitpid(pid, 0)[1]))


class Echo(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line[::-1].lstrip() + b'\n')


def sockets():
    with socketserver.ThreadingTCPServer(('127.0.0.1', 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for word in ('one', 'two'):
            with socket.create_connection(server.server_address) as client:
                client.sendall(word.encode() + b'\n')
                print(client.makefile().readline().strip())
        server.shutdown()
    left, right = socket.socketpair()
    socket.send_fds(left, [b'file'], [os.open('mapped', os.O_RDONLY)])
    data, files, _, _ = socket.recv_fds(right, 10, 1)
    print('passed', data, os.fstat(files[0]).st_size)
    datagram = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagram.bind(('127.0.0.1', 0))
    datagram.sendto(b'self', datagram.getsockname())
    print('datagram', datagram.recv(10), select.select([left], [right], [], 0.05)[1] == [right])
    left.settimeout(0.05)
    try:
        left.recv(1)
    except TimeoutError as late:
        print('late', late)
    with open('locked', 'w') as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        print('locked', subprocess.run(['flock', '-n', 'locked', 'true']).returncode)


async def tasks():
    process = await asyncio.create_subprocess_exec(
        'sh', '-c', 'read x; echo got $x; exit 3', stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    print((await process.communicate(b'input\n'))[0], process.returncode)

    async def serve(reader, writer):
        writer.write((await reader.readline()).upper())
        await writer.drain()
        writer.close()

    async def ask(port, n):
        reader, writer = await asyncio.open_connection('127.0.0.1', port)
        writer.write(f'question {n}\n'.encode())
        answer = await reader.readline()
        writer.close()
        return answer

    server = await asyncio.start_server(serve, '127.0.0.1', 0)
    port = server.sockets[0].getsockname()[1]
    print(await asyncio.gather(*(ask(port, n) for n in range(5))))
    server.close()
    try:
        await asyncio.wait_for(asyncio.sleep(10), 0.05)
    except asyncio.TimeoutError:
        print('timed out')
    print(await asyncio.to_thread(square, 12))
    event = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, event.set)
    os.kill(os.getpid(), signal.SIGUSR1)
    await event.wait()
    sleeper = await asyncio.create_subprocess_exec('sleep', '100')
    sleeper.terminate()
    print('signal', await sleeper.wait())


if __name__ == '__main__':
    for part in (threads, processes, children, signals, memory, sockets):
        print('--', part.__name__, flush=True)
        part()
    print('--', 'asyncio', flush=True)
    asyncio.run(tasks())
    sys.exit(9)
PY
/usr/bin/python3 judge.py; echo "status $?"
