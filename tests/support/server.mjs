// Starts the real `tartan` binary for a test and talks to it over its ports, as a user would.
//
// Every server gets a data directory of its own and ports that the system picks, so tests may run
// side by side. Whatever a test leaves behind (processes, directories) goes when the test process
// exits, also after a failure. TARTAN_KEEP_DATA=1 keeps the directories for a look.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url));
export const tartanBinary =
  process.env.TARTAN_BIN ?? path.join(repositoryRoot, 'build', 'release', 'tartan');

const readyTimeoutMs = 20_000;
const readyPollMs = 5;
// A server drains for at most 10 s; past this it hangs, and a test must say so rather than wait.
const stopTimeoutMs = 15_000;
const cliTimeoutMs = 30_000;

const runningProcesses = new Set();
const temporaryDirectories = new Set();
// Secrets and the personal access token are told once, on the first start of a data directory.
const firstStartFacts = new Map();

process.once('exit', () => {
  for (const child of runningProcesses) child.kill('SIGKILL');
  if (process.env.TARTAN_KEEP_DATA) return;
  for (const directory of temporaryDirectories) {
    rmSync(directory, { recursive: true, force: true });
  }
});

// A directory that is removed when the test process exits.
export function temporaryDirectory(label = 'test') {
  const directory = mkdtempSync(path.join(tmpdir(), `tartan-${label}-`));
  temporaryDirectories.add(directory);
  return directory;
}

// The caller's environment without settings for Tartan, so that only the test decides them.
function environmentWith(env) {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('TARTAN_'));
  return { ...Object.fromEntries(inherited), ...env };
}

function requireBinary() {
  if (!existsSync(tartanBinary)) {
    throw new Error(`no binary at ${tartanBinary}: run \`make build\` or set TARTAN_BIN`);
  }
}

function spawnTartan(args, env) {
  requireBinary();
  const child = spawn(tartanBinary, args, {
    env: environmentWith(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  runningProcesses.add(child);
  const chunks = [];
  const stdoutChunks = [];
  child.stdout.on('data', (chunk) => (chunks.push(chunk), stdoutChunks.push(chunk)));
  child.stderr.on('data', (chunk) => chunks.push(chunk));
  // 'close' and not 'exit': by then all output has been read.
  const closed = new Promise((resolve) => {
    child.once('error', (error) => {
      chunks.push(Buffer.from(`cannot run ${tartanBinary}: ${error.message}\n`));
      runningProcesses.delete(child);
      resolve({ code: null, signal: null });
    });
    child.once('close', (code, signal) => {
      runningProcesses.delete(child);
      resolve({ code, signal });
    });
  });
  return {
    child,
    closed,
    output: () => Buffer.concat(chunks).toString('utf8'),
    stdout: () => Buffer.concat(stdoutChunks).toString('utf8'),
  };
}

// Resolves to what `promise` gives, or to undefined once `timeoutMs` have passed.
async function within(promise, timeoutMs) {
  const stopTimer = new AbortController();
  const timeout = delay(timeoutMs, undefined, { signal: stopTimer.signal }).catch(() => undefined);
  const outcome = await Promise.race([promise, timeout]);
  stopTimer.abort();
  return outcome;
}

// Polls `condition` until it gives something truthy; fails with `what` after `timeoutMs`.
export async function until(what, condition, { timeoutMs = 10_000, everyMs = 10 } = {}) {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await delay(everyMs);
  }
}

// Runs `tartan ARGS` to its end, exactly as given: {code, output (both streams), stdout}.
export async function runTartan(args, { env = {}, timeoutMs = cliTimeoutMs } = {}) {
  const { child, closed, output, stdout } = spawnTartan(args, env);
  const end = await within(closed, timeoutMs);
  if (end === undefined) {
    child.kill('SIGKILL');
    await closed;
    throw new Error(`tartan ${args.join(' ')} still ran after ${timeoutMs} ms:\n${output()}`);
  }
  return { code: end.code, signal: end.signal, output: output(), stdout: stdout() };
}

// Runs `tartan ARGS --json --data DIR` and gives the JSON it prints. A failure throws an Error with
// `code`, `output` and, when the command printed JSON all the same, `json`.
export async function runTartanJson(dataDir, args, options = {}) {
  const result = await runTartan([...args, '--json', '--data', dataDir], options);
  let json;
  try {
    json = JSON.parse(result.stdout);
  } catch {
    json = undefined;
  }
  if (result.code !== 0 || json === undefined) {
    const end = result.code ?? result.signal;
    const error = new Error(`tartan ${args.join(' ')} --json ended with ${end}:\n${result.output}`);
    throw Object.assign(error, { code: result.code, output: result.output, json });
  }
  return json;
}

async function waitUntilReady(run, readyFile) {
  let end;
  run.closed.then((value) => (end = value));
  const deadline = performance.now() + readyTimeoutMs;
  while (!existsSync(readyFile)) {
    if (end !== undefined) {
      throw new Error(`tartan ended with ${end.code ?? end.signal} before ready:\n${run.output()}`);
    }
    if (performance.now() > deadline) {
      run.child.kill('SIGKILL');
      await run.closed;
      throw new Error(`tartan was not ready after ${readyTimeoutMs} ms:\n${run.output()}`);
    }
    await delay(readyPollMs);
  }
  // The file is moved into place whole, so it can be read as soon as it is there.
  return JSON.parse(readFileSync(readyFile, 'utf8'));
}

// Starts `tartan serve` and waits until all its listeners accept. A restart on the `dataDir` of an
// earlier server knows that one's secrets; `at` that server, it has its addresses, too. `--ephemeral`
// among `args` leaves --data out.
export async function startServer({ args = [], env = {}, dataDir, at } = {}) {
  const listen = (base) => (base === undefined ? '127.0.0.1:0' : new URL(base).host);
  const runDirectory = temporaryDirectory('run');
  const readyFile = path.join(runDirectory, 'ready.json');
  const ephemeral = args.includes('--ephemeral');
  const data = ephemeral ? undefined : (dataDir ?? temporaryDirectory('data'));
  const run = spawnTartan(
    [
      'serve',
      ...(ephemeral ? [] : ['--data', data]),
      ...['--sandbox-listen', listen(at?.sandbox)],
      ...['--production-listen', listen(at?.production)],
      ...['--workbench-listen', listen(at?.workbench)],
      ...['--ready-file', readyFile],
      ...args,
    ],
    env,
  );
  const ready = await waitUntilReady(run, readyFile);

  const known = firstStartFacts.get(data) ?? {};
  const facts = {
    clientId: ready.client_id ?? known.clientId ?? env.TARTAN_CLIENT_ID,
    secrets: {
      sandbox: ready.secrets?.sandbox ?? known.secrets?.sandbox ?? env.TARTAN_SECRET_SANDBOX,
      production:
        ready.secrets?.production ?? known.secrets?.production ?? env.TARTAN_SECRET_PRODUCTION,
    },
    pat: ready.personal_access_token ?? known.pat,
    demo: ready.demo ?? known.demo,
  };
  if (data !== undefined) firstStartFacts.set(data, facts);

  const bases = [ready.sandbox, ready.production, ready.workbench].map(withoutTrailingSlash);
  const [sandbox, production, workbench] = bases;
  const closeConnections = () => bases.forEach(closeConnectionsTo);
  return {
    sandbox,
    production,
    workbench,
    ...facts,
    ready,
    dataDir: data,
    pid: run.child.pid,
    log: run.output,
    cli: (...cliArgs) => runTartanJson(data, cliArgs, { env }),

    // SIGTERM, and the exit code. The server has 15 s: more than it may take to drain.
    async stop() {
      closeConnections();
      run.child.kill('SIGTERM');
      const end = await within(run.closed, stopTimeoutMs);
      if (end === undefined) {
        run.child.kill('SIGKILL');
        await run.closed;
        throw new Error(`tartan still ran ${stopTimeoutMs} ms after SIGTERM:\n${run.output()}`);
      }
      return end.code ?? end.signal;
    },

    // SIGTERM without waiting and without closing this process's connections.
    terminate: () => run.child.kill('SIGTERM'),

    // How the process ended; resolves only when it has.
    exited: run.closed.then(({ code, signal }) => code ?? signal),

    // SIGKILL: what a power cut does to the process, and then waits until it is gone.
    async kill() {
      run.child.kill('SIGKILL');
      await run.closed;
      closeConnections();
    },
  };
}

function withoutTrailingSlash(url) {
  return url.replace(/\/$/, '');
}

const agents = new Map();

function agentFor(origin) {
  let agent = agents.get(origin);
  if (!agent) {
    agent = new http.Agent({ keepAlive: true, maxSockets: 256 });
    agents.set(origin, agent);
  }
  return agent;
}

function closeConnectionsTo(origin) {
  agents.get(origin)?.destroy();
  agents.delete(origin);
}

// One request on a kept-alive connection. `body` is sent as JSON, or as it is when it is a string
// or Buffer. Resolves to {status, headers, body (parsed when it is JSON), text}; a connection that
// breaks rejects. Nothing is ever sent twice.
export function request(
  method,
  base,
  requestPath,
  body,
  { clientId, secret, headers = {}, signal } = {},
) {
  const payload =
    body === undefined
      ? undefined
      : typeof body === 'string' || Buffer.isBuffer(body)
        ? Buffer.from(body)
        : Buffer.from(JSON.stringify(body));
  const allHeaders = {
    ...(payload === undefined
      ? {}
      : {
          'Content-Type': 'application/json',
          ...('Transfer-Encoding' in headers ? {} : { 'Content-Length': payload.length }),
        }),
    ...(clientId === undefined ? {} : { 'PLAID-CLIENT-ID': clientId }),
    ...(secret === undefined ? {} : { 'PLAID-SECRET': secret }),
    ...headers,
  };
  const { hostname, port, origin } = new URL(base);
  return new Promise((resolve, reject) => {
    const outgoing = http.request(
      {
        method,
        hostname,
        port,
        path: requestPath,
        headers: allHeaders,
        signal,
        agent: agentFor(origin),
      },
      (incoming) => {
        const chunks = [];
        incoming.on('data', (chunk) => chunks.push(chunk));
        incoming.once('error', reject);
        incoming.once('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const isJson = /json/.test(incoming.headers['content-type'] ?? '');
          let parsed = text;
          if (isJson && text !== '') {
            try {
              parsed = JSON.parse(text);
            } catch (error) {
              reject(new Error(`${requestPath} answered broken JSON: ${text}`, { cause: error }));
              return;
            }
          }
          const { statusCode: status, headers: replyHeaders } = incoming;
          resolve({ status, headers: replyHeaders, body: parsed, text });
        });
      },
    );
    outgoing.once('error', reject);
    outgoing.end(payload);
  });
}

export const post = (base, requestPath, body, options) =>
  request('POST', base, requestPath, body, options);

export const get = (base, requestPath, options) =>
  request('GET', base, requestPath, undefined, options);
