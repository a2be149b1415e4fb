// Tartan beside the service a developer would write instead, in one report.
//
//   node run.mjs [--full] [--scale ITEMS] [--out FILE] [--dir DIR] [--tartan BIN]
//                [--group-commit BIN] [--only peer]
//
// Quick (the default) takes a few minutes and is for work in progress; --full has more and longer
// rounds and, unless --scale 0, the part with a million Items. Each server has core 0, the load has
// core 1. The rounds of all are interleaved, and the server that isn't measured is stopped
// (SIGSTOP) meanwhile. Every figure is the median of the rounds, with their range.
//
// Run it with the pinned Node of the tests; `npm ci` here and in tests/ comes first.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Bodies, buildLoadGenerator, connections, load, run } from './load.mjs';
import { describeMachine, median, ratio, table, verdict, withSpread } from './report.mjs';
import { itemsPerUser, seedUsers } from './seed.mjs';
import { repositoryRoot, serverCore, startPeer, startTartan } from './servers.mjs';

const release = path.join(repositoryRoot, 'build', 'release');
const { values: options } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    scale: { type: 'string' },
    out: {
      type: 'string',
      default: path.join(repositoryRoot, 'build', 'bench', 'side-by-side.md'),
    },
    dir: { type: 'string', default: path.join(repositoryRoot, 'build', 'bench', 'side-by-side') },
    tartan: { type: 'string', default: process.env.TARTAN_BIN ?? path.join(release, 'tartan') },
    'group-commit': { type: 'string', default: path.join(release, 'bench', 'group_commit') },
    only: { type: 'string' },
  },
});

const rounds = options.full ? 7 : 3;
const measured = { seconds: options.full ? 5 : 2, warmUpSeconds: options.full ? 1 : 0.5 };
// Once for each workload, so that no round meets code that has not been compiled yet.
const firstRun = { seconds: options.full ? 4 : 2, warmUpSeconds: 1 };
const scaleItems = Number(options.scale ?? (options.full ? 1_000_000 : 0));
const peerOnly = options.only === 'peer';
const smallItems = 1000;
const coldStarts = options.full ? 9 : 5;
// Removals use bodies up. A pool holds what the calibrated rate needs, and this much more.
const poolMargin = 3;
// Users whose Items a first trial uses up, to learn the rates.
const tartanTrial = { each: 10_000, all: 15_000 };
const peerTrial = { each: 3000, all: 5000 };

const say = (text) => process.stderr.write(`${text}\n`);

const bodiesFile = (directory, name) => path.join(directory, `${name}.bodies`);

// --- Workloads ---------------------------------------------------------------------------------

const workloads = [
  { key: 'items_get', label: '/user/items/get, 5 Items', path: '/user/items/get' },
  { key: 'item_get', label: '/item/get', path: '/item/get' },
  { key: 'remove_1', label: '/user/items/remove, 1 Item a request', path: '/user/items/remove' },
  { key: 'remove_5', label: '/user/items/remove, 5 Items a request', path: '/user/items/remove' },
];
const reads = workloads.slice(0, 2);
const removals = workloads.slice(2);

// The same order in every run, so that runs compare.
function shuffled(list) {
  const result = [...list];
  let state = 0x2545f491;
  for (let i = result.length - 1; i > 0; i -= 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const j = state % (i + 1);
    [result[i], result[j]] = [result[j], result[i]];
  }
  return result;
}

function readBodies(directory, users) {
  const order = shuffled(users);
  const byUser = order.map(({ user_id }) => ({ user_id }));
  const byToken = shuffled(
    order.flatMap(({ access_tokens }) => access_tokens.map((access_token) => ({ access_token }))),
  );
  return {
    items_get: new Bodies(bodiesFile(directory, 'items_get'), 'cycle', byUser),
    item_get: new Bodies(bodiesFile(directory, 'item_get'), 'cycle', byToken),
  };
}

const removeEach = (users) =>
  shuffled(
    users.flatMap(({ user_id, item_ids }) =>
      item_ids.map((item_id) => ({ user_id, item_ids: [item_id] })),
    ),
  );

const removeAll = (users) =>
  shuffled(users).map(({ user_id, item_ids }) => ({ user_id, item_ids }));

function removalBodies(directory, usersForEach, usersForAll, label) {
  return {
    remove_1: new Bodies(bodiesFile(directory, `one-${label}`), 'once', removeEach(usersForEach)),
    remove_5: new Bodies(bodiesFile(directory, `five-${label}`), 'once', removeAll(usersForAll)),
  };
}

// --- A server under test: its process, and what there is to ask of it ---------------------------

class Subject {
  constructor(name, directory, startServer) {
    Object.assign(this, { name, directory, startServer, bodies: {}, itemsMade: 0 });
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
  }

  async start(purpose = 'measure') {
    this.server = await this.startServer(purpose);
    this.server.name = this.name;
    return this.server;
  }

  stop() {
    return this.server.stop();
  }

  async seed(userCount) {
    const startedAt = performance.now();
    this.itemsMade += userCount * itemsPerUser;
    return seedUsers(this.server, userCount, (usersDone) => {
      if (usersDone % 20_000 !== 0) return;
      const items = usersDone * itemsPerUser;
      const pace = items / ((performance.now() - startedAt) / 1000);
      say(`  ${this.name}: ${items} Items, ${pace.toFixed(0)} a second`);
    });
  }
}

const usersFor = (items) => Math.ceil(items / itemsPerUser);

// Makes the Items that the removals will use up: first some, to learn the rate, then as many as
// the rounds need. Seeding may run in a faster mode (the peer's); measuring never does.
async function fillPools(subject, trialUsers) {
  await subject.stop();
  await subject.start('seed');
  const forEach = await subject.seed(trialUsers.each);
  const forAll = await subject.seed(trialUsers.all);
  await subject.stop();
  await subject.start();
  const trial = removalBodies(subject.directory, forEach, forAll, 'trial');
  const needed = {};
  for (const workload of removals) {
    const bodies = trial[workload.key];
    const figure = await load(subject.server, workload.path, bodies, firstRun);
    if (figure.dry) {
      say(`  ${subject.name}: ${bodies.count} bodies for ${workload.key} were too few; more`);
      return fillPools(subject, { each: trialUsers.each * 3, all: trialUsers.all * 3 });
    }
    const secondsInAll = (measured.seconds + measured.warmUpSeconds) * rounds;
    needed[workload.key] = Math.ceil(figure.perSecond * secondsInAll * poolMargin);
    say(`  ${subject.name}: about ${Math.round(figure.perSecond)} a second of ${workload.key}`);
  }
  await subject.stop();
  await subject.start('seed');
  const each = await subject.seed(usersFor(needed.remove_1));
  const all = await subject.seed(needed.remove_5);
  await subject.stop();
  await subject.start();
  Object.assign(subject.bodies, removalBodies(subject.directory, each, all, 'pool'));
  return undefined;
}

// --- Rounds ------------------------------------------------------------------------------------

async function measure(subject, workload, duration) {
  const bodies = subject.bodies[workload.key];
  const figure = await load(subject.server, workload.path, bodies, duration);
  if (figure.dry) {
    throw new Error(`${subject.name}: out of bodies for ${workload.key}; raise poolMargin`);
  }
  return figure;
}

// {workload key: {subject name: [figure per round]}}, and what `perRound` gave in each round.
async function compare(subjects, workloadsNow, perRound = async () => {}) {
  const figures = Object.fromEntries(
    workloadsNow.map(({ key }) => [
      key,
      Object.fromEntries(subjects.map(({ name }) => [name, []])),
    ]),
  );
  const alone = async (subject, work) => {
    subjects.forEach((other) => other !== subject && other.server.pause());
    try {
      return await work();
    } finally {
      subjects.forEach((other) => other !== subject && other.server.resume());
    }
  };
  for (const subject of subjects) {
    for (const workload of workloadsNow.filter(({ key }) => subject.bodies[key].mode === 'cycle')) {
      await alone(subject, () => measure(subject, workload, firstRun));
    }
  }
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? subjects : [...subjects].reverse();
    for (const workload of workloadsNow) {
      for (const subject of order) {
        const figure = await alone(subject, () => measure(subject, workload, measured));
        figures[workload.key][subject.name].push(figure);
        const told = `${Math.round(figure.perSecond)}/s, p99 ${figure.p99Ms.toFixed(1)} ms`;
        say(`  round ${round + 1} ${workload.key} ${subject.name}: ${told}`);
      }
    }
    await alone(undefined, perRound);
  }
  return figures;
}

const perSecond = (list) => list.map((figure) => figure.perSecond);
const p50 = (list) => list.map((figure) => figure.p50Ms);
const p99 = (list) => list.map((figure) => figure.p99Ms);
const costRatio = (figures, small, large) =>
  median(perSecond(figures[small])) / median(perSecond(figures[large]));

// --- The bare SQLite loop ----------------------------------------------------------------------

// The statements of a removal in a bare group-commit loop, without HTTP: what SQLite itself allows.
// `group_commit` prints {"removals_per_s": N} as its last line.
async function bareLoop(directory) {
  const output = await run('taskset', [
    '-c',
    String(serverCore),
    options['group-commit'],
    directory,
  ]);
  return JSON.parse(output.trim().split('\n').at(-1)).removals_per_s;
}

// --- Parts of the report -----------------------------------------------------------------------

function comparisonTable(figures, withTargets) {
  const rows = workloads.map(({ key, label }) => {
    const { Tartan, Fastify } = figures[key];
    const times = median(perSecond(Tartan)) / median(perSecond(Fastify));
    return [
      ...[label, withSpread(perSecond(Tartan)), withSpread(perSecond(Fastify))],
      ratio(times),
      ...withTargets(times),
    ];
  });
  return table(['requests per second', 'Tartan', 'Fastify', 'ratio', 'at least 5x'], rows);
}

function latencyTable(figures, names) {
  const rows = workloads.map(({ key, label }) => [
    label,
    ...names.flatMap((name) => [
      withSpread(p50(figures[key][name])),
      withSpread(p99(figures[key][name])),
    ]),
  ]);
  return table(['latency, ms', ...names.flatMap((name) => [`${name} p50`, `${name} p99`])], rows);
}

function lowerP99Lines(figures) {
  return reads.map(({ key, label }) => {
    const [ours, theirs] = [figures[key].Tartan, figures[key].Fastify].map((l) => median(p99(l)));
    const said =
      ours < theirs ? 'met' : `missed: ${ours.toFixed(2)} ms and ${theirs.toFixed(2)} ms`;
    return `- p99 of ${label} below the peer's: ${said}.`;
  });
}

// Time to ready and idle memory after clean stops; leaves the server running.
async function coldStartFigures(subject) {
  const startMs = [];
  for (let i = 0; i < coldStarts; i += 1) {
    await subject.stop();
    startMs.push((await subject.start()).startMs);
  }
  await delay(2000); // idle: whatever a start does in the background has had time to be done
  return { startMs, rssMiB: subject.server.rssBytes() / 2 ** 20 };
}

const megabytes = (figure) => `${figure.toFixed(1)} MiB`;

// --- The parts ---------------------------------------------------------------------------------

const tartanAt = (name, directory) =>
  new Subject(name, directory, () => startTartan(options.tartan, directory, name));

const peerAt = (directory) =>
  new Subject('Fastify', directory, (purpose) =>
    startPeer(process.execPath, directory, purpose === 'seed' ? 'OFF' : 'FULL'),
  );

async function prepare(subject, trialUsers) {
  say(`${subject.name}: seeding`);
  await subject.start('seed');
  const users = await subject.seed(usersFor(smallItems));
  Object.assign(subject.bodies, readBodies(subject.directory, users));
  await fillPools(subject, trialUsers);
}

async function sideBySide() {
  const subjects = [
    ...(peerOnly ? [] : [tartanAt('Tartan', path.join(options.dir, 'tartan'))]),
    peerAt(path.join(options.dir, 'peer')),
  ];
  for (const subject of subjects) {
    await prepare(subject, subject.name === 'Tartan' ? tartanTrial : peerTrial);
    subject.server.pause();
  }
  subjects.forEach(({ server }) => server.resume());

  const bare = [];
  const hasBareLoop = !peerOnly && existsSync(options['group-commit']);
  const bareDirectory = path.join(options.dir, 'bare');
  const figures = await compare(subjects, workloads, async () => {
    if (!hasBareLoop) return;
    rmSync(bareDirectory, { recursive: true, force: true });
    mkdirSync(bareDirectory);
    bare.push(await bareLoop(bareDirectory));
    say(`  bare SQLite loop: ${Math.round(bare.at(-1))}/s`);
  });
  const afterLoad = subjects.map((s) => [s.name, megabytes(s.server.rssBytes() / 2 ** 20)]);

  const cold = [];
  for (const subject of subjects) cold.push([subject.name, await coldStartFigures(subject)]);
  for (const subject of subjects) await subject.stop();
  return { subjects, figures, bare, cold, afterLoad };
}

function sideBySideSection({ figures, bare, cold, afterLoad }) {
  const parts = ['## Side by side', ''];
  if (peerOnly) {
    const rows = workloads.map(({ key, label }) => [
      ...[label, withSpread(perSecond(figures[key].Fastify))],
    ]);
    parts.push(table(['requests per second', 'Fastify'], rows), '');
    parts.push(latencyTable(figures, ['Fastify']), '');
  } else {
    parts.push(
      comparisonTable(figures, (times) => [verdict(times, 5, 'at least')]),
      '',
    );
    parts.push(latencyTable(figures, ['Tartan', 'Fastify']), '', ...lowerP99Lines(figures), '');
    parts.push(...bareLoopLines(figures, bare), '');
  }
  parts.push(
    table(
      ['after a clean stop', 'start to ready, ms', 'RSS idle', 'RSS after the load'],
      cold.map(([name, { startMs, rssMiB }], i) => [
        ...[name, withSpread(startMs), megabytes(rssMiB), afterLoad[i][1]],
      ]),
    ),
  );
  return parts.join('\n');
}

function bareLoopLines(figures, bare) {
  if (bare.length === 0) return [`No bare SQLite loop: ${options['group-commit']} is not built.`];
  const share = median(perSecond(figures.remove_1.Tartan)) / median(bare);
  return [
    `The same statements in a bare SQLite group-commit loop: ${withSpread(bare)} removals per ` +
      `second. Tartan reaches ${share.toFixed(2)} of it (at least 0.7: ` +
      `${verdict(share, 0.7, 'at least')}).`,
  ];
}

async function smallAndLarge() {
  const [small, large] = [
    tartanAt(`${smallItems} Items`, path.join(options.dir, 'small')),
    tartanAt(`${scaleItems} Items`, path.join(options.dir, 'large')),
  ];
  await small.start();
  await large.start();
  const smallUsers = await small.seed(usersFor(smallItems));
  say(`seeding ${scaleItems} Items`);
  const seedingStartedAt = performance.now();
  const largeUsers = shuffled(await large.seed(usersFor(scaleItems)));
  const seedingSeconds = (performance.now() - seedingStartedAt) / 1000;

  Object.assign(small.bodies, readBodies(small.directory, smallUsers));
  Object.assign(large.bodies, readBodies(large.directory, largeUsers));
  const cold = await coldStartFigures(large);
  const readFigures = await compare([small, large], reads);

  // The removals of the large one hit Items from all over it; the small one needs a pool, so it is
  // as small as the rounds allow.
  const half = largeUsers.length >> 1;
  Object.assign(
    large.bodies,
    removalBodies(large.directory, largeUsers.slice(0, half), largeUsers.slice(half), 'pool'),
  );
  await fillPools(small, tartanTrial);
  const removalFigures = await compare([small, large], removals);
  await small.stop();
  await large.stop();
  return { small, large, cold, seedingSeconds, figures: { ...readFigures, ...removalFigures } };
}

function scaleSection({ small, large, cold, seedingSeconds, figures }) {
  const limits = { items_get: 1.5, item_get: 1.5, remove_1: 3, remove_5: 3 };
  const rows = workloads.map(({ key, label }) => {
    const [few, many] = [small, large].map(({ name }) => perSecond(figures[key][name]));
    const cost = costRatio(figures[key], small.name, large.name);
    const said = `at most ${limits[key]}x: ${verdict(cost, limits[key], 'at most')}`;
    return [label, withSpread(few), withSpread(many), ratio(cost), said];
  });
  const startMs = median(cold.startMs);
  return [
    `## With ${scaleItems.toLocaleString('en-US')} Items`,
    '',
    `Seeded through the API in ${Math.round(seedingSeconds)} s. The small database has ` +
      `${smallItems.toLocaleString('en-US')} Items while reads are measured; for the removals it ` +
      `was given more to use up, ${small.itemsMade.toLocaleString('en-US')} over its life.`,
    '',
    table(['requests per second', small.name, large.name, 'cost', 'target'], rows),
    '',
    `- Start to ready after a clean stop: ${withSpread(cold.startMs)} ms (under 100 ms: ` +
      `${verdict(startMs, 100, 'at most')}).`,
    `- RSS idle: ${megabytes(cold.rssMiB)} (under 64 MB: ` +
      `${verdict(cold.rssMiB * 1.048576, 64, 'at most')}).`,
  ].join('\n');
}

// --- Main --------------------------------------------------------------------------------------

function requireWhatItTakes() {
  if (os.availableParallelism() < 2) throw new Error('two cores are needed: server and load');
  for (const command of ['g++', 'taskset']) execFileSync('which', [command]);
  if (!peerOnly && !existsSync(options.tartan)) {
    throw new Error(`no ${options.tartan}: run \`make build\`, or name one with --tartan`);
  }
}

requireWhatItTakes();
rmSync(options.dir, { recursive: true, force: true });
mkdirSync(options.dir, { recursive: true });
mkdirSync(path.dirname(options.out), { recursive: true });
const machine = describeMachine(options.dir);
if (machine.fileSystem === 'tmpfs') throw new Error('a tmpfs syncs nothing: choose another --dir');

await buildLoadGenerator(options.dir);
const main = await sideBySide();
const sections = [
  '# Tartan and Fastify, side by side',
  [
    ...machine.lines,
    `- Peer: Fastify and better-sqlite3 on Node ${process.version}`,
    `- ${rounds} interleaved rounds of ${measured.seconds} s, ${connections} connections, one ` +
      'core for each server, one for the load; medians, and in brackets the range of the rounds',
    '- Both commit before they reply: WAL, `synchronous=FULL`',
  ].join('\n'),
  sideBySideSection(main),
];
if (!peerOnly && scaleItems > 0) sections.push(scaleSection(await smallAndLarge()));
const report = `${sections.join('\n\n')}\n`;
writeFileSync(options.out, report);
process.stdout.write(report);
