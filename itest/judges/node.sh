# node: workers, children, timers, signals, files, compression, the network on loopback.
# needs: node
# seconds: 60
cat > judge.js <<'JS'
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');
const { promisify } = require('util');
const cp = require('child_process');
const fs = require('fs');
const http = require('http');
const once = require('events').once;

async function main() {
  const shared = new SharedArrayBuffer(8);
  const sums = await Promise.all([1, 2, 3, 4].map(async n => {
    const worker = new Worker(__filename, { workerData: { n: 100000 * n, shared } });
    const ended = once(worker, 'exit');
    const [sum] = await once(worker, 'message');
    await ended;
    return sum;
  }));
  console.log('workers', sums, Atomics.load(new Int32Array(shared), 0));
  const doomed = new Worker('while (true) {}', { eval: true });
  await once(doomed, 'online');
  console.log('terminated', await doomed.terminate());

  console.log(cp.execSync('echo child').toString().trim());
  const cat = cp.spawnSync('sh', ['-c', 'cat; exit 3'], { input: 'piped' });
  console.log('spawned', cat.status, cat.stdout.toString());
  const sleeper = cp.spawn('sleep', ['100']);
  sleeper.kill('SIGTERM');
  console.log('killed', await once(sleeper, 'exit'));
  const fork = cp.fork(__filename, ['forked']);
  const ended = once(fork, 'exit');
  fork.send({ hello: 'fork' });
  console.log('message', (await once(fork, 'message'))[0]);
  console.log('fork ended', await ended);

  process.once('SIGUSR2', () => console.log('signal'));
  process.kill(process.pid, 'SIGUSR2');
  await promisify(setTimeout)(30);

  await fs.promises.writeFile('file', 'x'.repeat(100000));
  console.log('file', (await fs.promises.readFile('file')).length, (await fs.promises.readdir('.')).includes('file'));
  const watcher = fs.watch('file');
  const changed = once(watcher, 'change');
  await fs.promises.appendFile('file', 'y');
  console.log('watched', (await changed)[1]);
  watcher.close();
  console.log('gzip', (await promisify(require('zlib').gzip)(Buffer.alloc(1000000, 'abc'))).length);
  const key = await promisify(require('crypto').pbkdf2)('a', 'b', 20000, 16, 'sha256');
  console.log('key', key.toString('hex'));
  console.log('lookup', (await promisify(require('dns').lookup)('localhost')).family > 0);

  const server = http.createServer((request, response) => response.end('you asked for ' + request.url));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const answers = await Promise.all([...Array(20).keys()].map(async i => {
    const response = await fetch(`http://127.0.0.1:${server.address().port}/${i}`);
    return (await response.text()).length;
  }));
  console.log('answers', answers.join());
  server.closeAllConnections();
  server.close();
}

if (process.argv[2] === 'forked') {
  process.once('message', message => process.send({ got: message }, () => process.exit(4)));
} else if (isMainThread) {
  main().then(() => { process.exitCode = 6; });
} else {
  const counter = new Int32Array(workerData.shared);
  let sum = 0;
  for (let i = 0; i < workerData.n; i++) {
    sum += i % 7;
    if (i % 10 === 0) Atomics.add(counter, 0, 1);
  }
  parentPort.postMessage(sum);
}
JS
node -e 'console.log([1, 2, 3].map(x => x * x).join())'
node judge.js; echo "status $?"
echo 'console.log(6 * 7)' | node -; echo "status $?"
node -e 'throw new Error("thrown")'; echo "status $?"
node -e 'process.abort()'; echo "status $?"
