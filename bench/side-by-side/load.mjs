// Load on one server, from load_generator on a core of its own, closed loop.

import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { clientId, loadCore, secret } from './servers.mjs';

const source = fileURLToPath(new URL('./load_generator.cpp', import.meta.url));
export const connections = 64;

export function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve(output) : reject(new Error(`${command} ended with ${code}: ${output}`)),
    );
  });
}

// Request bodies on disk. `cycle` bodies are used again and again; `once` bodies are used up, and
// `next` is the line of the first one that no run has taken.
export class Bodies {
  constructor(file, mode, bodies) {
    this.file = file;
    this.mode = mode;
    this.count = bodies.length;
    this.next = 1;
    writeFileSync(file, bodies.map((body) => `${JSON.stringify(body)}\n`).join(''));
  }
}

let generator;

export async function buildLoadGenerator(directory) {
  generator = path.join(directory, 'load_generator');
  await run('g++', [
    ...['-std=c++20', '-O2', '-Wall', '-Wextra', '-Werror'],
    source,
    '-o',
    generator,
  ]);
}

const plaidHeaders = [
  `PLAID-CLIENT-ID: ${clientId}`,
  `PLAID-SECRET: ${secret}`,
  'Plaid-Version: 2020-09-14',
];

// {perSecond, p50Ms, p99Ms, maxMs, used, dry}. A reply that is no success is an error here; a figure
// with `dry` set is no result, because bodies ran out before the time did.
export async function load(
  server,
  requestPath,
  bodies,
  { warmUpSeconds, seconds, clients = connections, headers = plaidHeaders },
) {
  const output = await run('taskset', [
    ...['-c', String(loadCore), generator, new URL(server.base).port],
    ...[requestPath, bodies.file, String(bodies.next), bodies.mode],
    ...[warmUpSeconds, seconds, clients].map(String),
    ...headers,
  ]);
  const result = JSON.parse(output);
  if (bodies.mode === 'once') bodies.next += result.used;
  return figureOf(result, `${server.name} ${requestPath}`);
}

// From what a generator of load printed.
export function figureOf(result, what) {
  if (result.bad_status + result.broken > 0) {
    throw new Error(`${what}: failures under load: ${JSON.stringify(result)}`);
  }
  return {
    perSecond: result.requests / result.seconds,
    p50Ms: result.p50_us / 1000,
    p99Ms: result.p99_us / 1000,
    maxMs: result.max_us / 1000,
    used: result.used,
    dry: result.dry,
  };
}
