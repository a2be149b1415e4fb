// The report of the workflow bench, in Markdown.

import { median, ratio, table, verdict, withSpread } from '../side-by-side/report.mjs';

const names = ['Tartan', 'Node-RED', 'Restate', 'two calls'];
const perSecond = (list) => list.map((figure) => figure.perSecond);
const p50 = (list) => list.map((figure) => figure.p50Ms);
const p99 = (list) => list.map((figure) => figure.p99Ms);
const mebibytes = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

function heading({ machine, versions, rounds, measured, completed }) {
  return [
    '# Workflows, side by side',
    '',
    ...machine.lines,
    `- ${versions.tartan}; Node-RED ${versions['node-red']}, Restate server ` +
      `${versions['@restatedev/restate-server']} and SDK ${versions['@restatedev/restate-sdk']}, ` +
      `Node ${versions.node}`,
    `- ${rounds} interleaved rounds of ${measured.seconds} s; one core for each system with all ` +
      'its processes, one for the load and what the workflow calls; medians, and in brackets the ' +
      'range of the rounds',
    '- The workflow: GET an order, decide by its total, POST its approval; each start is answered ' +
      'when the run has ended',
    '- Tartan: every transition committed before its effect, WAL, `synchronous=FULL`, secrets and ' +
      'payloads sealed, history kept. Restate: its defaults, one node, `rocksdb-disable-wal-fsync ' +
      '= false`. Node-RED: keeps nothing',
    `- ${completed.toLocaleString('en-US')} runs of Tartan, all completed`,
  ].join('\n');
}

function comparison({ figures }) {
  const rows = names.map((name) => [
    name,
    withSpread(p50(figures[1][name])),
    withSpread(p99(figures[1][name])),
    withSpread(perSecond(figures[32][name])),
    withSpread(p50(figures[32][name])),
    withSpread(p99(figures[32][name])),
  ]);
  const header = ['', 'p50, ms, 1 client', 'p99, ms, 1 client', 'runs/s, 32 clients'];
  return table([...header, 'p50, ms, 32 clients', 'p99, ms, 32 clients'], rows);
}

function targets({ figures, withSyncs }) {
  const runs = (name) => median(perSecond(figures[32][name]));
  const unloaded = (name) => median(p50(figures[1][name]));
  const overRestate = runs('Tartan') / runs('Restate');
  const overNodeRed = runs('Tartan') / runs('Node-RED');
  const latencyShare = unloaded('Tartan') / unloaded('Restate');
  const above = unloaded('Tartan') - median(p50(withSyncs));
  return table(
    ['target', 'measured', ''],
    [
      ['runs/s, at least 5x Restate', ratio(overRestate), verdict(overRestate, 5, 'at least')],
      ['runs/s, ahead of Node-RED', ratio(overNodeRed), verdict(overNodeRed, 1, 'at least')],
      [
        'unloaded p50, at most 0.4x Restate',
        ratio(latencyShare),
        verdict(latencyShare, 0.4, 'at most'),
      ],
      [
        'unloaded p50, within 2 ms of two calls and three syncs',
        `${above.toFixed(2)} ms above`,
        verdict(above, 2, 'at most'),
      ],
    ],
  );
}

function syncLines({ figures, syncs, withSyncs, syncMs }) {
  const perRun = (clients) => figures[clients].Tartan.map((figure) => figure.syncsPerRun);
  const syncP99 = median(syncs.map(({ p99_us }) => p99_us / 1000));
  return [
    `- One write over 4 KiB and fdatasync: ${syncMs.toFixed(2)} ms, p99 ${syncP99.toFixed(2)} ms.`,
    `- The two calls and three such syncs, 1 client: p50 ${withSpread(p50(withSyncs))} ms, p99 ` +
      `${withSpread(p99(withSyncs))} ms.`,
    `- Syncs for each run of Tartan: ${withSpread(perRun(1))} with 1 client, ` +
      `${withSpread(perRun(32))} with 32, which share them.`,
  ].join('\n');
}

function waitingSection({ waiting }) {
  const { count, startSeconds, restRss, fullRss, restartedRss, cpuMs, idleSeconds, times } = waiting;
  const perRun = (fullRss - restRss) / count;
  const perRunRestarted = (restartedRss - restRss) / count;
  const slowest = Math.max(median(times.stopped), median(times.killed)) / 1000;
  return [
    `## ${count.toLocaleString('en-US')} runs that wait`,
    '',
    `Started through the API by 32 clients in ${startSeconds.toFixed(1)} s ` +
      `(${Math.round(count / startSeconds).toLocaleString('en-US')} a second).`,
    '',
    table(
      ['', 'measured', 'target'],
      [
        [
          'memory for each run, as started',
          `${perRun.toFixed(0)} B (${mebibytes(restRss)} before, ${mebibytes(fullRss)} after)`,
          `under 1,000 B: ${verdict(perRun, 1000, 'at most')}`,
        ],
        [
          'memory for each run, after a restart',
          `${perRunRestarted.toFixed(0)} B (${mebibytes(restartedRss)})`,
          '',
        ],
        [
          `CPU in ${idleSeconds} s`,
          `${cpuMs} ms`,
          `none: ${cpuMs <= 20 ? 'met' : `missed by ${cpuMs} ms`}`,
        ],
        [
          'restart to ready, ms',
          `${withSpread(times.stopped)} after SIGTERM, ${withSpread(times.killed)} after SIGKILL`,
          `under 2 s: ${verdict(slowest, 2, 'at most')}`,
        ],
        ['SIGTERM to the end, ms', withSpread(times.stopMs), ''],
      ],
    ),
  ].join('\n');
}

export const report = (all) =>
  `${[heading(all), comparison(all), targets(all), syncLines(all), waitingSection(all)].join('\n\n')}\n`;
