// Every page as it stands: nothing that axe-core calls serious in light or dark, nothing wider than
// a phone where a page is for reading, no script error; and what the first page costs to load.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  accessibilityProblems,
  assertNone,
  openBrowser,
  openPage,
  signInByToken,
} from '../support/browser.mjs';
import { startServer } from '../support/server.mjs';
import { simple, Workbench } from '../support/workbench.mjs';

const firstScriptBytesMax = 300 * 1024;
const look = process.env.TARTAN_SCREENSHOTS;

const widths = { desktop: { width: 1360, height: 860 }, phone: { width: 390, height: 844 } };

describe('every page', () => {
  let server;
  let browser;
  let pages;
  before(async () => {
    server = await startServer();
    browser = await openBrowser();
    const workbench = new Workbench(server);
    const definition = await workbench.define(
      {
        Ask: simple({ nextTask: 'Check' }),
        Check: {
          type: 'Decision',
          choices: [{ condition: 'workflow.input.sure === true', nextTask: 'Done' }],
          defaultTask: 'Done',
        },
        Done: { type: 'Terminate', terminationStatus: 'Completed' },
      },
      { name: 'Ask first' },
    );
    const run = await workbench.start(definition, { sure: true });
    const task = await workbench.task(run, 'Ask');
    pages = {
      start: '/',
      catalogue: '/catalogue?q=remove+items',
      workflows: '/workflows',
      editor: `/workflows/${definition}`,
      runs: '/runs',
      run: `/runs/${run}`,
      tasks: '/tasks',
      task: `/tasks/${run}/${task.id}`,
      users: '/users/sandbox',
      user: `/users/sandbox/${server.demo.user_id}`,
      journal: '/users/sandbox/journal',
      settings: '/settings/clients',
      credentials: '/settings/credentials',
      tokens: '/settings/tokens',
      egress: '/settings/egress',
      audit: '/settings/audit',
      backup: '/settings/backup',
      about: '/settings/about',
    };
    if (look) mkdirSync(look, { recursive: true });
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  for (const colorScheme of ['light', 'dark']) {
    for (const [width, viewport] of Object.entries(widths)) {
      test(`in ${colorScheme} at ${width} width`, async () => {
        const { page, context, faults } = await openPage(browser, server, {
          colorScheme,
          viewport,
          reducedMotion: 'reduce',
        });
        await page.goto(`${server.workbench}/sign-in`);
        await page.getByLabel('Personal access token').waitFor();
        const found = (await accessibilityProblems(page)).map((one) => `sign-in: ${one}`);
        await signInByToken(page, server);
        for (const [name, address] of Object.entries(pages)) {
          await page.goto(server.workbench + address);
          await page.getByRole('main').getByRole('heading').first().waitFor();
          await page.waitForFunction(() => !document.querySelector('main [aria-busy="true"]'));
          if (look) {
            await page.screenshot({ path: `${look}/${name}-${width}-${colorScheme}.png` });
          }
          for (const one of await accessibilityProblems(page)) found.push(`${name}: ${one}`);
          const wide = await page.evaluate(() => document.documentElement.scrollWidth);
          if (wide > viewport.width) found.push(`${name}: ${wide} px wide`);
        }
        assertNone(found, 'no page has a serious problem');
        assertNone(faults, 'nothing went wrong on a page');
        await context.close();
      });
    }
  }

  test(`the first page takes at most ${firstScriptBytesMax} bytes of script`, async () => {
    const { page, context } = await openPage(browser, server);
    const scripts = [];
    page.on('response', async (response) => {
      if (/javascript/.test(response.headers()['content-type'] ?? '')) {
        scripts.push(response.body().then((body) => gzipSync(body).length));
      }
    });
    await signInByToken(page, server);
    const bytes = (await Promise.all(scripts)).reduce((sum, size) => sum + size, 0);
    assert.ok(bytes > 10_000, 'scripts were counted');
    assert.ok(bytes <= firstScriptBytesMax, `${bytes} bytes`);
    await context.close();
  });
});
