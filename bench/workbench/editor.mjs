// The workflow editor with a definition of 500 tasks: how long the longest frame is while a task is
// dragged, near by and zoomed out. By trace of the browser's main thread: the time
// that it works for a frame, so that other programs on the machine do not count.
//
//   node editor.mjs [--full] [--rounds N] [--out FILE]
//
// The program is TARTAN_BIN or the release build. Run it with the pinned Node of the tests;
// `npm ci --prefix tests` comes first.

import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openBrowser, openPage, signInByToken } from '../../tests/support/browser.mjs';
import { post, repositoryRoot, startServer } from '../../tests/support/server.mjs';
import { describeMachine, median, table, tell, verdict } from '../side-by-side/report.mjs';
import { framesWhile } from './trace.mjs';

const frameMsMax = 50;
const moves = 120;
const viewport = { width: 1600, height: 1000 };

// Chains with a way round every tenth task, and a Parallel task every fiftieth: 500 tasks in all.
export function largeDefinition() {
  const tasks = {};
  const name = (index) => (index < 450 ? `Task ${index}` : 'Done');
  for (let i = 0; i < 450; ++i) {
    const nextTask = name(i + 1);
    if (i % 50 === 25) {
      const branches = [0, 1].map((branch) => {
        const inner = [0, 1].map((step) => `Task ${i} branch ${branch} step ${step}`);
        return {
          startTask: inner[0],
          tasks: {
            [inner[0]]: { type: 'Simple', nextTask: inner[1] },
            [inner[1]]: { type: 'Wait', seconds: 60, end: true },
          },
        };
      });
      tasks[name(i)] = { type: 'Parallel', branches, nextTask };
    } else if (i % 10 === 5) {
      const choices = [{ condition: '$.status >= 400', nextTask: name(Math.min(i + 5, 450)) }];
      tasks[name(i)] = { type: 'Decision', choices, defaultTask: nextTask };
    } else {
      const url = `https://api.example.com/things/\${id}/${i}`;
      const inputParameters = { id: '${workflow.input.id}' };
      tasks[name(i)] = { type: 'Http', inputParameters, httpRequest: { method: 'POST', url }, nextTask };
    }
  }
  tasks.Done = { type: 'Terminate', terminationStatus: 'Completed' };
  for (let i = 0; i < 13; ++i) {
    tasks[`Aside ${i}`] = { type: 'Simple', nextTask: 'Done' };
    tasks['Task 5'].choices.push({ condition: `$.status === ${i}`, nextTask: `Aside ${i}` });
  }
  return { name: 'Five hundred tasks', startTask: 'Task 0', tasks };
}

async function drag(page, task) {
  const box = await task.boundingBox();
  const from = { x: box.x + box.width / 2, y: box.y + box.height / 3 };
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  const frames = await framesWhile(page, async () => {
    for (let i = 1; i <= moves; ++i) {
      const turn = (i / moves) * 4.5 * Math.PI;
      await page.mouse.move(from.x + 80 * Math.sin(turn), from.y + 60 * (1 - Math.cos(turn)));
    }
  });
  await page.mouse.up();
  const moved = await task.boundingBox();
  if (Math.hypot(moved.x - box.x, moved.y - box.y) < 20) throw new Error('the task was not dragged');
  await page.keyboard.press('Control+z');
  return { frames };
}

export async function measureDrag(browser, server, rounds) {
  const { page, context } = await openPage(browser, server, { viewport });
  await signInByToken(page, server);
  const made = await post(server.workbench, '/api/workflow-definitions', largeDefinition(), {
    headers: { Authorization: `Bearer ${server.pat}` },
  });
  if (made.status !== 200) throw new Error(`the definition was refused: ${made.text}`);
  await page.goto(`${server.workbench}/workflows/${made.body}`);
  const task = page.locator('.react-flow__node').filter({ hasText: 'Task 1' }).first();
  await task.waitFor();
  await page.locator('.status.good').getByText('valid').waitFor();
  const results = [];
  for (const [name, prepare] of [
    ['near by', async () => {}],
    ['zoomed out', () => page.getByRole('button', { name: 'Zoom Out' }).click({ clickCount: 3, delay: 200 })],
  ]) {
    await prepare();
    await page.waitForTimeout(500);
    const shown = await page.locator('.react-flow__node').count();
    const all = [];
    for (let round = 0; round < rounds; ++round) all.push(await drag(page, task));
    results.push({ name, shown, all });
  }
  await context.close();
  return results;
}

export function reportOf(results) {
  const rows = results.map(({ name, shown, all }) => {
    const longest = all.map(({ frames }) => Math.max(...frames));
    const usual = all.map(({ frames }) => median(frames));
    const worst = Math.max(...longest);
    return [
      name,
      shown,
      all.reduce((sum, { frames }) => sum + frames.length, 0),
      `${median(usual).toFixed(1)} ms`,
      `${worst.toFixed(1)} ms`,
      verdict(worst, frameMsMax, 'at most'),
    ];
  });
  return [
    '# The editor while a task is dragged',
    '',
    ...describeMachine(repositoryRoot).lines,
    '',
    table(
      ['500 tasks', 'in view', 'frames', 'usual frame', 'longest frame', `at most ${frameMsMax} ms`],
      rows,
    ),
    '',
  ].join('\n');
}

async function main() {
  const { values: options } = parseArgs({
    options: {
      full: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      out: { type: 'string', default: path.join(repositoryRoot, 'build', 'bench', 'editor.md') },
    },
  });
  const server = await startServer();
  const browser = await openBrowser();
  try {
    const report = reportOf(await measureDrag(browser, server, Number(options.rounds ?? (options.full ? 10 : 3))));
    tell(options.out, report);
  } finally {
    await browser.close();
    await server.stop();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
