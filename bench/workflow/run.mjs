// Tartan's workflows beside Node-RED's and Restate's, in one report.
//
//   node run.mjs [--full] [--rounds N] [--waiting RUNS] [--out FILE] [--dir DIR] [--tartan BIN]
//
// The same workflow on each (get an order, decide, approve it), each start answered when the run
// has ended: one client for latency, 32 for throughput. All processes of a system have core 0, the
// load and what the workflow calls have core 1. The rounds are interleaved, and the systems that
// aren't measured are stopped (SIGSTOP) meanwhile. Then a hundred thousand runs wait in Tartan.
//
// Run it with the pinned Node of the tests; `npm ci` here and in tests/ comes first.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Bodies, buildLoadGenerator, figureOf, load, run } from '../side-by-side/load.mjs';
import { describeMachine, median } from '../side-by-side/report.mjs';
import { repositoryRoot, serverCore } from '../side-by-side/servers.mjs';
import { waitingDefinition } from './definitions.mjs';
import { report } from './report.mjs';
import { Tartan, bare, startNodeRed, startRestate, startTarget } from './systems.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const build = path.join(repositoryRoot, 'build');
const { values: options } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    waiting: { type: 'string', default: '100000' },
    out: { type: 'string', default: path.join(build, 'bench', 'workflow.md') },
    dir: { type: 'string', default: path.join(build, 'bench', 'workflow') },
    tartan: {
      type: 'string',
      default: process.env.TARTAN_BIN ?? path.join(build, 'release', 'tartan'),
    },
  },
});

const rounds = Number(options.rounds ?? (options.full ? 7 : 3));
const measured = { seconds: options.full ? 8 : 3, warmUpSeconds: options.full ? 1 : 0.7 };
// Once for each system, so that no round meets code that has not been compiled yet.
const firstRun = { seconds: options.full ? 8 : 2, warmUpSeconds: 1 };
const clientCounts = [1, 32];
const idleSeconds = 10;
const restarts = options.full ? 5 : 3;
const syncCount = 500;

const say = (text) => process.stderr.write(`${text}\n`);
const programs = path.join(options.dir, 'programs');
const program = (name) => path.join(programs, name);

async function buildPrograms() {
  mkdirSync(programs, { recursive: true });
  await buildLoadGenerator(programs);
  const flags = ['-std=c++20', '-O2', '-Wall', '-Wextra', '-Werror'];
  for (const name of ['target', 'bare_client']) {
    await run('g++', [...flags, path.join(here, `${name}.cpp`), '-o', program(name)]);
  }
}

// --- One measurement ---------------------------------------------------------------------------

const onSystemsCore = (args) => run('taskset', ['-c', String(serverCore), ...args]);

// The two calls by the bare client, which stands where a system would, on its core.
async function measureBare(targetPort, duration, clients, syncFile) {
  const output = await onSystemsCore([
    ...[program('bare_client'), targetPort, duration.warmUpSeconds, duration.seconds].map(String),
    ...[String(clients), ...(syncFile === undefined ? [] : [syncFile])],
  ]);
  return figureOf(JSON.parse(output), 'the bare client');
}

async function measureSync(syncFile) {
  return JSON.parse(
    await onSystemsCore([program('bare_client'), 'sync', syncFile, String(syncCount)]),
  );
}

async function measure(system, targetPort, duration, clients) {
  if (system === bare) return measureBare(targetPort, duration, clients);
  const { port, headers } = system;
  const server = { name: system.name, base: `http://127.0.0.1:${port}` };
  const before = system.commits && (await system.commits());
  const figure = await load(server, system.path, system.bodies, { ...duration, clients, headers });
  if (system.commits) figure.syncsPerRun = ((await system.commits()) - before) / figure.used;
  return figure;
}

// --- Rounds ------------------------------------------------------------------------------------

async function alone(systems, system, work) {
  systems.forEach((other) => other !== system && other.pause());
  try {
    // A system that was stopped for seconds has timers to catch up with.
    await delay(200);
    return await work();
  } finally {
    systems.forEach((other) => other !== system && other.resume());
  }
}

// {figures: {clients: {system name: [figure per round]}}, syncs, withSyncs}
async function compare(systems, targetPort) {
  const syncFile = path.join(options.dir, 'synced');
  const namesOf = () => Object.fromEntries(systems.map(({ name }) => [name, []]));
  const figures = Object.fromEntries(clientCounts.map((clients) => [clients, namesOf()]));
  const [syncs, withSyncs] = [[], []];
  for (const system of systems) {
    for (const clients of clientCounts) {
      await alone(systems, system, () => measure(system, targetPort, firstRun, clients));
    }
  }
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? systems : [...systems].reverse();
    for (const clients of clientCounts) {
      for (const system of order) {
        const figure = await alone(systems, system, () =>
          measure(system, targetPort, measured, clients),
        );
        figures[clients][system.name].push(figure);
        const told = `${Math.round(figure.perSecond)}/s, p50 ${figure.p50Ms.toFixed(2)} ms`;
        say(`  round ${round + 1}, ${clients} clients, ${system.name}: ${told}`);
      }
    }
    await alone(systems, bare, async () => {
      syncs.push(await measureSync(syncFile));
      withSyncs.push(await measureBare(targetPort, measured, 1, syncFile));
    });
  }
  return { figures, syncs, withSyncs };
}

// --- Runs that wait ----------------------------------------------------------------------------

const coldStart = async (tartan, end) => {
  const stoppingAt = performance.now();
  await end();
  const stopMs = performance.now() - stoppingAt;
  await tartan.start();
  return { startMs: tartan.startMs, stopMs };
};

async function restartTimes(tartan) {
  const times = { stopped: [], killed: [], stopMs: [] };
  for (let i = 0; i < restarts; i += 1) {
    const { startMs, stopMs } = await coldStart(tartan, () => tartan.stop());
    times.stopped.push(startMs);
    times.stopMs.push(stopMs);
    times.killed.push((await coldStart(tartan, () => tartan.kill())).startMs);
  }
  return times;
}

// A server of its own, so that nothing but waiting runs is in its figures.
async function manyWaiting(targetPort) {
  const count = Number(options.waiting);
  const directory = path.join(options.dir, 'tartan-waiting');
  const tartan = await new Tartan(options.tartan, directory, targetPort).start();
  const workflowDefinitionId = await tartan.define(waitingDefinition);
  const body = { workflowDefinitionId, input: { order: 'ord-7319' } };
  await coldStart(tartan, () => tartan.stop());
  await delay(2000);
  const restRss = tartan.rssBytes();

  const bodies = new Bodies(path.join(options.dir, 'waiting.bodies'), 'once', [
    ...Array(count).fill(body),
  ]);
  const server = { name: 'Tartan', base: tartan.base };
  const duration = { warmUpSeconds: 0, seconds: 600, clients: 32, headers: tartan.headers };
  const startedAt = performance.now();
  await load(server, '/api/workflows', bodies, duration);
  const startSeconds = (performance.now() - startedAt) / 1000;
  const { Running: waiting } = await tartan.counts(workflowDefinitionId);
  if (waiting !== count) throw new Error(`${waiting} runs wait, not ${count}`);
  say(`  ${count} runs wait`);

  await delay(5000);
  const fullRss = tartan.rssBytes();
  const cpuBefore = tartan.cpuTicks();
  await delay(idleSeconds * 1000);
  const cpuMs = (tartan.cpuTicks() - cpuBefore) * 10;
  const times = await restartTimes(tartan);
  await delay(2000);
  const restartedRss = tartan.rssBytes();
  const { Running: still } = await tartan.counts(workflowDefinitionId);
  if (still !== count) throw new Error(`${still} runs wait after the restarts, not ${count}`);
  await tartan.stop();
  return { count, startSeconds, restRss, fullRss, restartedRss, cpuMs, idleSeconds, times };
}

// --- Main --------------------------------------------------------------------------------------

function versions() {
  const { dependencies } = JSON.parse(readFileSync(path.join(here, 'package.json'), 'utf8'));
  const first = (command, args) => execFileSync(command, args, { encoding: 'utf8' }).split('\n')[0];
  const tartanVersion = first(options.tartan, ['--version']);
  return { ...dependencies, node: process.version, tartan: `Tartan ${tartanVersion}` };
}

function requireWhatItTakes() {
  if (os.availableParallelism() < 2) throw new Error('two cores are needed: system and load');
  for (const command of ['g++', 'taskset']) execFileSync('which', [command]);
  if (!existsSync(options.tartan)) {
    throw new Error(`no ${options.tartan}: run \`make build\`, or name one with --tartan`);
  }
}

async function everyRunCompleted(tartan) {
  // The load ends with runs under way.
  let counts = await tartan.counts(tartan.definitionId);
  for (let i = 0; i < 100 && counts.Running > 0; i += 1) {
    await delay(100);
    counts = await tartan.counts(tartan.definitionId);
  }
  const { Completed, ...others } = counts;
  if (Object.values(others).some((count) => count > 0)) {
    throw new Error(`Tartan: not every run completed: ${JSON.stringify(counts)}`);
  }
  return Completed;
}

requireWhatItTakes();
rmSync(options.dir, { recursive: true, force: true });
mkdirSync(options.dir, { recursive: true });
mkdirSync(path.dirname(options.out), { recursive: true });
const machine = describeMachine(options.dir);
if (machine.fileSystem === 'tmpfs') throw new Error('a tmpfs syncs nothing: choose another --dir');

await buildPrograms();
const target = await startTarget(program('target'), options.dir);
const tartan = await new Tartan(
  options.tartan,
  path.join(options.dir, 'tartan'),
  target.port,
).start();
await tartan.useApprovals();
tartan.pause();
const nodeRed = await startNodeRed(path.join(options.dir, 'node-red'), target.port);
nodeRed.pause();
const restate = await startRestate(path.join(options.dir, 'restate'), target.port);
[tartan, nodeRed].forEach((system) => system.resume());
const systems = [tartan, nodeRed, restate, bare];
for (const system of [tartan, nodeRed, restate]) {
  const file = path.join(options.dir, `${system.name}.bodies`);
  system.bodies = new Bodies(file, 'cycle', [system.body]);
}

const compared = await compare(systems, target.port);
const completed = await everyRunCompleted(tartan);
for (const system of systems) await system.stop();
const waiting = await manyWaiting(target.port);
await target.stop();

const text = report({
  ...{ machine, versions: versions(), rounds, measured, completed },
  ...{ ...compared, waiting },
  syncMs: median(compared.syncs.map(({ p50_us }) => p50_us / 1000)),
});
writeFileSync(options.out, text);
process.stdout.write(text);
