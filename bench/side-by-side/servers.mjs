// The two servers under test, each a process pinned to one core, behind one small interface:
// {name, base, ready, pid, stop(), pause(), resume(), rssBytes(), startMs}; `ready` is what the
// ready file says.

import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
export const repositoryRoot = path.resolve(here, '..', '..');
export const clientId = 'b0a4c1d2e3f405162738495a';
export const secret = '5c1de0b0a4c1d2e3f405162738495a';

export const serverCore = 0;
export const loadCore = 1;

const readyTimeoutMs = 60_000;
const running = new Set();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));

// Waits without giving the core away for long: what is measured is tens of milliseconds.
async function waitForFile(file, ended) {
  const deadline = performance.now() + readyTimeoutMs;
  while (!existsSync(file)) {
    if (ended()) throw new Error('the server ended before it was ready');
    if (performance.now() > deadline) throw new Error(`not ready after ${readyTimeoutMs} ms`);
    await delay(1);
  }
}

async function start(name, directory, command, args) {
  mkdirSync(directory, { recursive: true });
  const readyFile = path.join(directory, 'ready.json');
  const logFile = path.join(directory, 'server.log');
  rmSync(readyFile, { force: true });
  const log = openSync(logFile, 'a');
  const startedAt = performance.now();
  const child = spawn(
    'taskset',
    ['-c', String(serverCore), command, ...args, '--ready-file', readyFile],
    {
      env: { ...process.env, TARTAN_CLIENT_ID: clientId, TARTAN_SECRET_SANDBOX: secret },
      stdio: ['ignore', log, log],
    },
  );
  closeSync(log);
  running.add(child);
  let end;
  const exited = new Promise((resolve) => child.once('exit', resolve)).then((code) => {
    running.delete(child);
    end = code ?? 'a signal';
    return code;
  });
  try {
    await waitForFile(readyFile, () => end !== undefined);
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`${name}: ${error.message}\n${readFileSync(logFile, 'utf8').slice(-4000)}`);
  }
  const startMs = performance.now() - startedAt;
  const ready = JSON.parse(readFileSync(readyFile, 'utf8'));
  return {
    name,
    directory,
    base: ready.sandbox.replace(/\/$/, ''),
    ready,
    pid: child.pid,
    startMs,
    pause: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT'),
    rssBytes: () => {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)[1]) * 1024;
    },
    async stop() {
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      const code = await exited;
      if (code !== 0) throw new Error(`${name} ended with ${code} after SIGTERM; see ${logFile}`);
    },
  };
}

// Logs as quiet as the peer's, which has none.
export const startTartan = (binary, directory, name = 'Tartan') =>
  start(name, directory, binary, [
    'serve',
    ...['--data', path.join(directory, 'data')],
    ...['--sandbox-listen', '127.0.0.1:0'],
    ...['--production-listen', '127.0.0.1:0'],
    ...['--workbench-listen', '127.0.0.1:0'],
    ...['--log-level', 'warn'],
  ]);

export const startPeer = (nodeBinary, directory, synchronous = 'FULL') =>
  start('Fastify', directory, nodeBinary, [
    path.join(here, 'peer.mjs'),
    ...['--data', path.join(directory, 'data')],
    ...['--synchronous', synchronous],
  ]);
