// Every page as it stands: nothing that axe-core calls serious in light or dark, nothing wider than
// a phone where a page is for reading, no script error; what the first page costs to load; and that
// the catalogue is filled where it is empty, its reference fits its place and keeps to a server.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  accessibilityProblems,
  assertNone,
  openBrowser,
  openPage,
  signInByToken,
} from '../support/browser.mjs';
import { startServer, temporaryDirectory } from '../support/server.mjs';
import { simple, Workbench } from '../support/workbench.mjs';

const firstScriptBytesMax = 300 * 1024;
const look = process.env.TARTAN_SCREENSHOTS;

const widths = { desktop: { width: 1360, height: 860 }, phone: { width: 390, height: 844 } };

const teaApi = {
  openapi: '3.0.3',
  info: { title: 'Tea', version: '1', 'x-providerName': 'tea.example' },
  servers: [{ url: 'https://tea.example' }],
  paths: { '/cups': { get: { summary: 'List cups', responses: { 200: { description: 'Cups' } } } } },
};

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

  test('a small catalogue says how it is filled, and shows what was imported at once', async () => {
    const { page, context, faults } = await openPage(browser, server, {
      viewport: { width: 1440, height: 900 },
    });
    await signInByToken(page, server);
    const field = page.getByLabel('Your own: file, folder or URL');
    for (const place of ['/', '/catalogue']) {
      await page.goto(server.workbench + place);
      await field.waitFor();
      assert.ok((await field.boundingBox()).y < 800, `the field is in view on ${place}`);
      assert.ok(await page.getByText('make catalog').isVisible());
    }
    const file = path.join(temporaryDirectory('api'), 'tea.json');
    writeFileSync(file, JSON.stringify(teaApi));
    await field.fill(file);
    await page.getByRole('button', { name: 'Import' }).click();
    await page.getByRole('list', { name: 'Providers' }).getByText('tea.example').waitFor();
    assertNone(faults, 'nothing went wrong on the page');
    await context.close();
  });

  test('the reference fits its place and keeps to the server that was chosen', async () => {
    const { page, context, faults } = await openPage(browser, server, {
      viewport: { width: 1024, height: 768 },
    });
    await signInByToken(page, server);
    const open = async () => {
      await page.goto(`${server.workbench}/catalogue?q=remove+items+of+user`);
      await page.getByRole('article', { name: 'POST /user/items/remove' }).waitFor();
    };
    const snippet = (url) => page.getByRole('tabpanel', { name: 'curl' }).getByText(url);
    await open();
    const wider = await page
      .locator('.shown')
      .evaluate((place) => place.scrollWidth - place.clientWidth);
    assert.ok(wider <= 0, `the reference is ${wider} px wider than its place`);
    await snippet(server.sandbox).waitFor();
    await page.getByRole('button', { name: 'Try it' }).click();
    const tried = page.getByRole('region', { name: 'Try it' });
    await tried.getByText(`${server.sandbox}/user/items/remove`).waitFor();
    await page.getByRole('radio', { name: server.production }).check();
    await tried.getByText(`${server.production}/user/items/remove`).waitFor();
    await snippet(server.production).waitFor();
    await open();
    await snippet(server.production).waitFor();
    await page.getByRole('button', { name: 'Use in a workflow' }).click();
    await page.getByRole('menuitem', { name: 'New workflow' }).click();
    await page.getByText(`${server.production}/user/items/remove`).first().waitFor();
    assertNone(faults, 'nothing went wrong on the page');
    await context.close();
  });
});
