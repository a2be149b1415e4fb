// One peer in a process of its own: its index built of all operations, the prefixes searched, the
// queries with known answers scored. Prints figures as JSON.
//
//   node --expose-gc peer.mjs NAME OPERATIONS DIR SECONDS
//
// Searches run in this process: no peer has the cost of HTTP. When not all prefixes can be searched
// in SECONDS, a random part of them is.

import Database from 'better-sqlite3';
import FlexSearch from 'flexsearch';
import MiniSearch from 'minisearch';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fields, readOperations } from './operations.mjs';
import { latency, quality, sets, shuffled, typed } from './queries.mjs';

const [name, operationsFile, directory, seconds] = process.argv.slice(2);
const pageSize = 20;
const boosts = { method: 1, path: 4, operationId: 4, summary: 8, tags: 2, title: 3, api: 5 };

const nameOf = ({ method, api, path: route }) => `${method} ${api} ${route}`;

const asObjects = (operations) =>
  operations.map((values, id) => ({
    id,
    ...Object.fromEntries(fields.map((field, i) => [field, values[i]])),
  }));

// Every word must be there, the last one as a beginning; where nothing has them all, any of them.
function fts5(operations) {
  const file = path.join(directory, 'fts5.db');
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  database.exec(
    `CREATE VIRTUAL TABLE operations USING fts5(${fields.join(', ')},
       tokenize = 'unicode61', prefix = '2 3')`,
  );
  const insert = database.prepare(
    `INSERT INTO operations VALUES (${fields.map(() => '?').join(', ')})`,
  );
  database.transaction((rows) => rows.forEach((row) => insert.run(row)))(operations);
  database.exec("INSERT INTO operations(operations) VALUES ('optimize')");
  database.pragma('wal_checkpoint(TRUNCATE)');
  const weights = fields.map((field) => boosts[field]).join(', ');
  const select = database.prepare(
    `SELECT method, path, operationId, summary, title, api FROM operations
     WHERE operations MATCH ? ORDER BY bm25(operations, ${weights}) LIMIT ${pageSize}`,
  );
  return {
    diskBytes: () => statSync(file).size,
    search: (query) => {
      const words = query.match(/[\p{L}\p{N}]+/gu) ?? [];
      if (words.length === 0) return [];
      const endsInside = /[\p{L}\p{N}]$/u.test(query);
      const terms = words.map((word) => `"${word}"`);
      if (endsInside) terms.push(`${terms.pop()}*`);
      const found = select.all(terms.join(' '));
      return found.length > 0 || terms.length === 1 ? found : select.all(terms.join(' OR '));
    },
  };
}

function miniSearch(operations) {
  const index = new MiniSearch({
    fields,
    storeFields: fields,
    searchOptions: { boost: boosts, prefix: true, fuzzy: 0.2 },
  });
  index.addAll(asObjects(operations));
  return { search: (query) => index.search(query).slice(0, pageSize) };
}

function flexSearch(operations) {
  const index = new FlexSearch.Document({
    tokenize: 'forward',
    document: { id: 'id', index: fields, store: fields },
  });
  asObjects(operations).forEach((operation) => index.add(operation));
  const options = { limit: pageSize, suggest: true, enrich: true, merge: true };
  return { search: (query) => index.search(query, options).map(({ doc }) => doc) };
}

const residentBytes = async () => {
  globalThis.gc();
  await delay(500); // freed pages are given back
  const status = readFileSync('/proc/self/status', 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)[1]) * 1024;
};

function build() {
  const make = { fts5, minisearch: miniSearch, flexsearch: flexSearch }[name];
  const operations = readOperations(operationsFile);
  const startedAt = performance.now();
  const peer = make(operations);
  return { peer, buildSeconds: (performance.now() - startedAt) / 1000 };
}

function searchTyped(peer) {
  const samples = [];
  const order = shuffled(typed);
  order.slice(0, 20).forEach((text) => peer.search(text)); // compiled by now
  const until = performance.now() + Number(seconds) * 1000;
  for (const text of order) {
    const startedAt = performance.now();
    peer.search(text);
    const now = performance.now();
    samples.push({ ms: now - startedAt, what: text });
    if (now > until) break;
  }
  return latency(samples);
}

const emptyBytes = await residentBytes();
const { peer, buildSeconds } = build();
const rssBytes = await residentBytes();
const diskBytes = peer.diskBytes?.() ?? 0;
const searched = searchTyped(peer);
const ranks = {};
for (const [set, cases] of Object.entries(sets)) {
  ranks[set] = await quality(cases, (query) => peer.search(query).map(nameOf));
}
const memory = { emptyBytes, rssBytes, diskBytes };
const figures = { buildSeconds, ...memory, latency: searched, quality: ranks };
process.stdout.write(`${JSON.stringify(figures)}\n`);
