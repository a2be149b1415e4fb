// The list of runs with 100,000 of them: how long the longest frame is while somebody scrolls down
// it with the wheel, then far ahead with the scroll bar, then back to the top. By trace of the
// browser's main thread, pages of rows being read meanwhile.
//
//   node runs-scroll.mjs [--full] [--runs N] [--out FILE]
//
// The program is TARTAN_BIN or the release build. Run it with the pinned Node of the tests;
// `npm ci --prefix tests` comes first.

import path from 'node:path';
import { parseArgs } from 'node:util';
import { openBrowser, openPage, signInByToken } from '../../tests/support/browser.mjs';
import { get, post, repositoryRoot, startServer, until } from '../../tests/support/server.mjs';
import { describeMachine, median, table, tell, verdict } from '../side-by-side/report.mjs';
import { framesWhile } from './trace.mjs';

const frameMsMax = 50;
const { values: options } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    runs: { type: 'string', default: '100000' },
    out: { type: 'string', default: path.join(repositoryRoot, 'build', 'bench', 'runs_scroll.md') },
  },
});
const wanted = Number(options.runs);
const wheelTurns = options.full ? 3000 : 600;

async function startRuns(server, headers) {
  const definition = {
    name: 'Ends at once',
    startTask: 'Done',
    tasks: { Done: { type: 'Terminate', terminationStatus: 'Completed' } },
  };
  const made = await post(server.workbench, '/api/workflow-definitions', definition, { headers });
  if (made.status !== 200) throw new Error(`the definition was refused: ${made.text}`);
  let left = wanted;
  const client = async () => {
    while (left-- > 0) {
      const body = { workflowDefinitionId: made.body };
      const { status, text } = await post(server.workbench, '/api/workflows', body, { headers });
      if (status !== 200) throw new Error(`a run was not started: ${text}`);
    }
  };
  await Promise.all(Array.from({ length: 32 }, client));
  await until('every run has ended', async () => {
    const { body } = await get(server.workbench, '/api/workflows/counts', { headers });
    return body.counts.Completed === wanted;
  }, { timeoutMs: 60_000, everyMs: 200 });
}

// One screenful with its rows: nothing may be blank when the scrolling has ended.
const rowsInView = (page) =>
  page.evaluate(() => {
    const box = document.querySelector('.virtual-scroller').getBoundingClientRect();
    const inside = ({ top, bottom }) => bottom > box.top && top < box.bottom;
    const rows = [...document.querySelectorAll('.virtual-table tbody tr:not(.gap)')];
    return {
      drawn: rows.length,
      seen: rows.filter((row) => inside(row.getBoundingClientRect())).length,
    };
  });

async function measure(browser, server) {
  const { page, context, faults } = await openPage(browser, server);
  await signInByToken(page, server);
  await page.goto(`${server.workbench}/runs`);
  await page.getByText('Completed').first().waitFor();
  const scroller = page.getByRole('region', { name: 'Runs' });
  const box = await scroller.boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.waitForTimeout(1000);
  const height = () => scroller.evaluate((one) => one.scrollHeight);

  const results = [];
  const scroll = async (name, act) => {
    const frames = await framesWhile(page, act);
    await page.waitForTimeout(300);
    results.push({ name, frames, ...(await rowsInView(page)), loaded: Math.round((await height()) / 32) });
  };
  await scroll(`the wheel, ${wheelTurns} turns down`, async () => {
    for (let i = 0; i < wheelTurns; ++i) await page.mouse.wheel(0, 240);
  });
  await scroll('the End key, until every run is there', async () => {
    await scroller.focus();
    const until = performance.now() + 180_000;
    while ((await height()) < wanted * 32) {
      if (performance.now() > until) throw new Error('the last run was not reached in 3 minutes');
      await page.keyboard.press('End');
      await page.waitForTimeout(30);
    }
  });
  await scroll('the wheel, among all of them', async () => {
    for (let i = 0; i < wheelTurns; ++i) await page.mouse.wheel(0, -240);
  });
  await scroll('the scroll bar dragged from end to end', async () => {
    for (let i = 0; i <= 120; ++i) {
      await scroller.evaluate((one, at) => (one.scrollTop = at * one.scrollHeight), 1 - i / 120);
      await page.evaluate(() => new Promise((next) => requestAnimationFrame(next)));
    }
  });
  if (faults.length > 0) throw new Error(faults.join('\n'));
  await context.close();
  return results;
}

function reportOf(results) {
  const rows = results.map(({ name, frames, drawn, seen, loaded }) => {
    const sorted = [...frames].sort((a, b) => a - b);
    const worst = sorted.at(-1);
    return [
      name,
      loaded.toLocaleString('en'),
      `${drawn} (${seen} seen)`,
      frames.length,
      `${median(sorted).toFixed(1)} ms`,
      `${sorted[Math.floor(0.99 * (sorted.length - 1))].toFixed(1)} ms`,
      `${worst.toFixed(1)} ms`,
      verdict(worst, frameMsMax, 'at most'),
    ];
  });
  return [
    `# ${wanted.toLocaleString('en')} runs, scrolled`,
    '',
    ...describeMachine(repositoryRoot).lines,
    '',
    table(
      ['by', 'rows loaded', 'rows drawn', 'frames', 'usual', '99% within', 'longest', `at most ${frameMsMax} ms`],
      rows,
    ),
    '',
  ].join('\n');
}

const server = await startServer();
const browser = await openBrowser();
try {
  await startRuns(server, { Authorization: `Bearer ${server.pat}` });
  tell(options.out, reportOf(await measure(browser, server)));
} finally {
  await browser.close();
  await server.stop();
}
