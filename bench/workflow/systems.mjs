// The systems under test, each pinned to one core with all its processes, behind one interface:
// {name, port, path, headers, body, pause(), resume(), stop()}; Tartan's has more.

import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadCore, serverCore } from '../side-by-side/servers.mjs';
import { approvalDefinition, nodeRedFlow } from './definitions.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const readyTimeoutMs = 60_000;
const running = new Set();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));
// Interrupted, it leaves no system behind either, paused or not.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

// A child on one core, its output in a file.
class Program {
  constructor(name, core, directory, command, args, env = {}) {
    mkdirSync(directory, { recursive: true });
    this.name = name;
    this.logFile = path.join(directory, `${path.basename(name)}.log`);
    const log = openSync(this.logFile, 'a');
    this.startedAt = performance.now();
    this.child = spawn('taskset', ['-c', String(core), command, ...args], {
      cwd: directory,
      env: { ...process.env, ...env },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    running.add(this.child);
    this.exited = new Promise((resolve) => this.child.once('exit', resolve)).then((code) => {
      running.delete(this.child);
      this.ended = true;
      return code;
    });
  }

  get pid() {
    return this.child.pid;
  }

  // Polls often, and gives the core away meanwhile: what is measured is tens of milliseconds.
  async until(condition, everyMs = 1) {
    while (!(await condition())) {
      const late = performance.now() - this.startedAt > readyTimeoutMs;
      if (!this.ended && !late) {
        await delay(everyMs);
        continue;
      }
      this.child.kill('SIGKILL');
      const told = readFileSync(this.logFile, 'utf8').slice(-4000);
      throw new Error(`${this.name} ${late ? 'is not ready' : 'ended'}:\n${told}`);
    }
    return performance.now() - this.startedAt;
  }

  signal(name) {
    this.child.kill(name);
  }

  async end(name) {
    this.child.kill('SIGCONT');
    this.child.kill(name);
    return this.exited;
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

const answers = (url, options) =>
  fetch(url, options).then(
    async (reply) => {
      await reply.arrayBuffer();
      return reply.ok;
    },
    () => false,
  );

// Several programs that are paused, resumed and ended together.
const together = (programs) => ({
  pause: () => programs.forEach((program) => program.signal('SIGSTOP')),
  resume: () => programs.forEach((program) => program.signal('SIGCONT')),
  stop: async () => {
    for (const program of programs) await program.end('SIGTERM');
  },
});

export async function startTarget(binary, directory) {
  const readyFile = path.join(directory, 'target-port');
  rmSync(readyFile, { force: true });
  const program = new Program('target', loadCore, directory, binary, [readyFile]);
  await program.until(() => existsSync(readyFile));
  return { port: Number(readFileSync(readyFile, 'utf8')), stop: () => program.end('SIGTERM') };
}

// --- Tartan ------------------------------------------------------------------------------------

export class Tartan {
  name = 'Tartan';
  path = '/api/workflows?wait=30';

  constructor(binary, directory, targetPort) {
    Object.assign(this, { binary, directory, targetPort });
  }

  // The time from the start of the process to its ready file, which it writes when all listeners
  // accept.
  async start() {
    const readyFile = path.join(this.directory, 'ready.json');
    mkdirSync(this.directory, { recursive: true });
    rmSync(readyFile, { force: true });
    this.program = new Program('tartan', serverCore, this.directory, this.binary, [
      'serve',
      ...['--data', path.join(this.directory, 'data')],
      ...['--sandbox-listen', '127.0.0.1:0'],
      ...['--production-listen', '127.0.0.1:0'],
      ...['--workbench-listen', '127.0.0.1:0'],
      ...['--egress-allow', `127.0.0.1:${this.targetPort}`],
      ...['--log-level', 'warn'],
      ...['--ready-file', readyFile],
    ]);
    this.startMs = await this.program.until(() => existsSync(readyFile));
    const ready = JSON.parse(readFileSync(readyFile, 'utf8'));
    this.base = ready.workbench.replace(/\/$/, '');
    this.port = Number(new URL(this.base).port);
    // Told once, on the first start.
    this.token ??= ready.personal_access_token;
    this.headers = [`Authorization: Bearer ${this.token}`];
    Object.assign(this, together([this.program]));
    return this;
  }

  async kill() {
    await this.program.end('SIGKILL');
  }

  async call(method, requestPath, body) {
    const reply = await fetch(this.base + requestPath, {
      method,
      headers: { Authorization: `Bearer ${this.token}`, 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await reply.text();
    if (!reply.ok) throw new Error(`${method} ${requestPath} answered ${reply.status}: ${text}`);
    return /json/.test(reply.headers.get('content-type') ?? '') ? JSON.parse(text) : text;
  }

  // The id of a definition that is stored now.
  async define(definition) {
    const reply = await this.call('POST', '/api/workflow-definitions', definition);
    return typeof reply === 'string' ? reply.replaceAll('"', '') : (reply.id ?? reply);
  }

  async useApprovals() {
    this.definitionId = await this.define(approvalDefinition(this.targetPort));
    this.body = { workflowDefinitionId: this.definitionId };
  }

  async counts(definitionId) {
    const query = `?workflowDefinitionId=${encodeURIComponent(definitionId)}`;
    return (await this.call('GET', `/api/workflows/counts${query}`)).counts;
  }

  // Commits of the workflow database since the process began; each is one sync.
  async commits() {
    const text = await this.call('GET', '/metrics');
    return Number(/^tartan_commit_writes_count\{database="workflow"\} (\d+)/m.exec(text)[1]);
  }

  rssBytes() {
    const status = readFileSync(`/proc/${this.program.pid}/status`, 'utf8');
    return Number(/RssAnon:\s+(\d+) kB/.exec(status)[1]) * 1024;
  }

  // User and system time of the process, in clock ticks of 10 ms.
  cpuTicks() {
    const fields = readFileSync(`/proc/${this.program.pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return Number(fields[11]) + Number(fields[12]);
  }
}

// --- Node-RED ----------------------------------------------------------------------------------

const nodeRedSettings = (port, directory) => `module.exports = {
  uiHost: '127.0.0.1',
  uiPort: ${port},
  userDir: ${JSON.stringify(directory)},
  flowFile: 'flows.json',
  httpAdminRoot: false,
  credentialSecret: false,
  telemetry: { enabled: false, updateNotification: false },
  externalModules: { autoInstall: false },
  logging: { console: { level: 'warn', metrics: false, audit: false } },
};
`;

export async function startNodeRed(directory, targetPort) {
  mkdirSync(directory, { recursive: true });
  const port = await freePort();
  const settings = path.join(directory, 'settings.cjs');
  writeFileSync(settings, nodeRedSettings(port, directory));
  writeFileSync(path.join(directory, 'flows.json'), JSON.stringify(nodeRedFlow(targetPort)));
  const main = path.join(here, 'node_modules', 'node-red', 'red.js');
  const program = new Program('node-red', serverCore, directory, process.execPath, [
    main,
    ...['--settings', settings],
    ...['--userDir', directory],
  ]);
  const post = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' };
  await program.until(() => answers(`http://127.0.0.1:${port}/run`, post), 50);
  return {
    ...together([program]),
    ...{ name: 'Node-RED', port, path: '/run', headers: [], body: {} },
  };
}

// --- Restate -----------------------------------------------------------------------------------

export async function startRestate(directory, targetPort) {
  const [ingress, admin, node, service] = await Promise.all([0, 0, 0, 0].map(freePort));
  const scope = path.join(here, 'node_modules', '@restatedev');
  const server = new Program(
    'restate-server',
    serverCore,
    directory,
    path.join(scope, 'restate-server-linux-x64', 'bin', 'restate-server'),
    [
      '--no-logo',
      ...['--base-dir', path.join(directory, 'data')],
      ...['--listen-mode', 'tcp'],
      ...['--bind-ip', '127.0.0.1'],
      ...['--bind-port', String(node)],
    ],
    {
      RESTATE_INGRESS__BIND_PORT: String(ingress),
      RESTATE_ADMIN__BIND_PORT: String(admin),
      RESTATE_DISABLE_TELEMETRY: 'true',
      RESTATE_LOG_FILTER: 'warn',
      RUST_LOG: 'warn',
    },
  );
  const served = new Program('restate-service', serverCore, directory, process.execPath, [
    path.join(here, 'restate_service.mjs'),
    ...[service, targetPort].map(String),
  ], { NODE_ENV: 'production', RESTATE_LOGGING: 'ERROR' });
  await server.until(() => answers(`http://127.0.0.1:${admin}/health`), 50);
  const register = {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ uri: `http://127.0.0.1:${service}` }),
  };
  await server.until(() => answers(`http://127.0.0.1:${admin}/deployments`, register), 200);
  const base = `http://127.0.0.1:${ingress}`;
  const post = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' };
  await server.until(() => answers(`${base}/approval/run`, post), 100);
  return {
    ...together([server, served]),
    ...{ name: 'Restate', port: ingress, path: '/approval/run', headers: [], body: {} },
  };
}

// --- The two calls alone -----------------------------------------------------------------------

export const bare = { name: 'two calls', pause: () => {}, resume: () => {}, stop: async () => {} };
