// One peer in a process of its own: its index built of all operations, the prefixes searched, the
// queries with known answers scored. Prints figures as JSON.
//
//   node --expose-gc peer.mjs NAME plain|split OPERATIONS DIR SECONDS
//
// With `split`, words like createBook are two, in the operations and in what is typed; none of the
// peers does that by itself. Searches run in this process: no peer has the cost of HTTP. When not
// all prefixes can be searched in SECONDS, a random part of them is.

import Database from 'better-sqlite3';
import FlexSearch from 'flexsearch';
import MiniSearch from 'minisearch';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fields, readOperations } from './operations.mjs';
import { latency, quality, sets, shuffled, typed } from './queries.mjs';

const [name, words, operationsFile, directory, seconds] = process.argv.slice(2);
const pageSize = 20;
const boosts = { method: 1, path: 4, operationId: 4, summary: 8, tags: 2, title: 3, api: 5 };

const splitWords = (text) =>
  text.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/([A-Z])([A-Z][a-z])/g, '$1 $2');
const asIndexed = words === 'split' ? splitWords : (text) => text;

const nameOf = (operation) => {
  const [method, route, , , , , api] = operation;
  return `${method} ${api} ${route}`;
};

// --- The peers: from operations to {search(text): operations, diskBytes()} ----------------------

// Every word must be there, the last one as a beginning; where nothing has them all, any of them.
// Sorts by `rank`, which FTS5 does without reading the rows that are not shown.
function fts5(operations) {
  const file = path.join(directory, 'fts5.db');
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  database.exec(
    `CREATE VIRTUAL TABLE words USING fts5(${fields.join(', ')}, operation UNINDEXED,
       tokenize = 'unicode61', prefix = '2 3')`,
  );
  const weights = fields.map((field) => boosts[field]).join(', ');
  database.exec(`INSERT INTO words(words, rank) VALUES ('rank', 'bm25(${weights})')`);
  const insert = database.prepare(
    `INSERT INTO words VALUES (${fields.map(() => '?').join(', ')}, ?)`,
  );
  database.transaction((rows) =>
    rows.forEach((row) => insert.run(row.map(asIndexed), JSON.stringify(row))),
  )(operations);
  database.exec("INSERT INTO words(words) VALUES ('optimize')");
  database.pragma('wal_checkpoint(TRUNCATE)');
  const select = database
    .prepare(`SELECT operation FROM words WHERE words MATCH ? ORDER BY rank LIMIT ${pageSize}`)
    .pluck();
  return {
    diskBytes: () => statSync(file).size,
    search: (text) => {
      const terms = (text.match(/[\p{L}\p{N}]+/gu) ?? []).map((word) => `"${word}"`);
      if (terms.length === 0) return [];
      if (/[\p{L}\p{N}]$/u.test(text)) terms.push(`${terms.pop()}*`);
      const found = select.all(terms.join(' '));
      const answers =
        found.length > 0 || terms.length === 1 ? found : select.all(terms.join(' OR '));
      return answers.map((operation) => JSON.parse(operation));
    },
  };
}

function miniSearch(operations) {
  const index = new MiniSearch({
    fields,
    searchOptions: { boost: boosts, prefix: true, fuzzy: 0.2 },
  });
  operations.forEach((operation, id) =>
    index.add({
      id,
      ...Object.fromEntries(fields.map((field, i) => [field, asIndexed(operation[i])])),
    }),
  );
  return {
    diskBytes: () => 0,
    search: (text) => index.search(text).slice(0, pageSize).map(({ id }) => operations[id]),
  };
}

// One text for each operation: its index of documents with fields finds no query whose words stand
// in several fields (mean reciprocal rank 0.15). It counts words at the beginning more.
function flexSearch(operations) {
  const index = new FlexSearch.Index({ tokenize: 'forward' });
  const order = ['summary', 'operationId', 'path', 'api', 'title', 'tags', 'method'];
  const columns = order.map((field) => fields.indexOf(field));
  operations.forEach((operation, id) =>
    index.add(id, columns.map((column) => asIndexed(operation[column])).join(' ')),
  );
  const options = { limit: pageSize, suggest: true };
  return {
    diskBytes: () => 0,
    search: (text) => index.search(text, options).map((id) => operations[id]),
  };
}

// --- Measuring ---------------------------------------------------------------------------------

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

function searchTyped(search) {
  const samples = [];
  const order = shuffled(typed);
  order.slice(0, 20).forEach((text) => search(text)); // compiled by now
  const until = performance.now() + Number(seconds) * 1000;
  for (const text of order) {
    const startedAt = performance.now();
    search(text);
    const now = performance.now();
    samples.push({ ms: now - startedAt, what: text });
    if (now > until) break;
  }
  return latency(samples);
}

const emptyBytes = await residentBytes();
const { peer, buildSeconds } = build();
const rssBytes = await residentBytes();
const diskBytes = peer.diskBytes();
const search = (text) => peer.search(asIndexed(text));
const searched = searchTyped(search);
const ranks = {};
for (const [set, cases] of Object.entries(sets)) {
  ranks[set] = await quality(cases, (query) => search(query).map(nameOf));
}
const memory = { emptyBytes, rssBytes, diskBytes };
const figures = { buildSeconds, ...memory, latency: searched, quality: ranks };
process.stdout.write(`${JSON.stringify(figures)}\n`);
