// A run of the offboarding workflow watched in the browser: its graph changes as the run goes on,
// without a reload; a server that is killed is said to be lost and the page goes on when it is back;
// a failed run leads to its failure workflow and runs again; a long list of runs scrolls.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  accessibilityProblems,
  assertNone,
  openBrowser,
  openPage,
  picture,
  signInByToken,
} from '../support/browser.mjs';
import { ItemsApi } from '../support/items_api.mjs';
import { repositoryRoot, request, startServer } from '../support/server.mjs';
import { startTarget, Workbench } from '../support/workbench.mjs';

const example = (name) =>
  JSON.parse(readFileSync(path.join(repositoryRoot, 'examples', 'workflows', name), 'utf8'));

// Stands before the sandbox and holds each call until the test lets it through.
async function startGate() {
  const held = [];
  const gate = await startTarget((asked, response) => held.push({ asked, response }));
  return Object.assign(gate, {
    // Lets the calls of `url` through, those that come later as well.
    open(url, sandbox) {
      const pass = async ({ asked, response }) => {
        const reply = await request(asked.method, sandbox, asked.url, asked.body, {
          headers: { 'Content-Type': 'application/json' },
        });
        response.writeHead(reply.status, { 'Content-Type': 'application/json' });
        response.end(reply.text);
      };
      const answer = gate.answer;
      gate.answer = (asked, response) =>
        asked.url === url ? pass({ asked, response }) : answer(asked, response);
      for (const one of held.filter(({ asked }) => asked.url === url)) {
        // The caller of an earlier life of the server is gone.
        if (!one.response.destroyed) void pass(one);
      }
    },
  });
}

// Of a server that is killed, the browser's own words are no fault of the page.
const butLost = (faults) => faults.filter((one) => !/ERR_(CONNECTION|INCOMPLETE|EMPTY)/.test(one));

describe('runs in the browser', () => {
  let gate;
  let server;
  let browser;
  let workbench;
  let items;
  let offboardingId;
  const start = (input) => workbench.start(offboardingId, { api: gate.url, ...input });

  async function userWithItems(name, count) {
    const { user_id } = await items.createUser(name);
    const itemIds = [];
    for (let i = 0; i < count; i += 1) {
      itemIds.push((await items.createItem({ user_id })).item_id);
    }
    return { user_id, itemIds };
  }

  before(async () => {
    gate = await startGate();
    server = await startServer({ args: gate.allow });
    browser = await openBrowser();
    workbench = new Workbench(server);
    items = ItemsApi.sandboxOf(server);
    const credentials = await workbench.post('/api/credentials', {
      name: 'sandbox keys',
      type: 'ApiKey',
      hosts: [gate.host],
      values: [
        { in: 'body', name: 'client_id', value: server.clientId },
        { in: 'body', name: 'secret', value: server.secrets.sandbox },
      ],
    });
    const offboarding = example('offboarding.json');
    for (const task of Object.values(offboarding.tasks)) {
      if (task.credentials) task.credentials = credentials;
    }
    offboarding.failureWorkflow = await workbench.post(
      '/api/workflow-definitions',
      example('offboarding-failed.json'),
    );
    offboardingId = await workbench.post('/api/workflow-definitions', offboarding);
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
    await gate?.stop();
  });

  test('a run is watched live, through the loss of its server', async () => {
    const { user_id, itemIds } = await userWithItems('leaves', 2);
    const run = await start({ user_id });
    const { page, context, faults } = await openPage(browser, server);
    await signInByToken(page, server);
    await page.goto(`${server.workbench}/runs/${run}`);
    await page.evaluate(() => (window.isSamePage = true));
    const task = (name, state) =>
      page.getByRole('button', { name: new RegExp(`^${name} \\(${state}\\)`) }).waitFor();

    await task('Get Items', 'In progress');
    await task('Remove Items', 'not begun');
    await picture(page, 'run-in-progress');

    await server.kill();
    const lost = page.getByText('The connection to Tartan is lost');
    await lost.waitFor();
    await picture(page, 'run-lost');
    server = await startServer({ args: gate.allow, dataDir: server.dataDir, at: server });
    workbench = new Workbench(server);
    await lost.waitFor({ state: 'detached' });

    gate.open('/user/items/get', server.sandbox);
    await task('Get Items', 'Completed');
    await page.getByRole('button', { name: /^Get Items .* 2 attempts$/ }).waitFor();
    await task('Any Items\\?', 'Completed');
    await task('Remove Items', 'In progress');
    gate.open('/user/items/remove', server.sandbox);
    await task('Remove Items', 'Completed');
    gate.open('/user/products/terminate', server.sandbox);
    await task('Done', 'Completed');
    await task('Nothing to remove', 'not begun');
    await page.getByRole('status').filter({ hasText: 'Completed' }).first().waitFor();
    assert.equal(await page.evaluate(() => window.isSamePage), true, 'nothing was loaded anew');

    await page.getByRole('button', { name: /^Remove Items \(/ }).click();
    const panel = page.getByRole('region', { name: 'Task Remove Items' });
    await panel.getByText('HTTP 200').waitFor();
    for (const id of itemIds) {
      await panel.getByRole('region', { name: 'Input of Remove Items' }).getByText(id).waitFor();
    }
    await picture(page, 'run-done');
    assertNone(await accessibilityProblems(page), 'axe-core on the run');
    assertNone(butLost(faults), 'nothing went wrong on the page');
    await context.close();
  });

  test('a failed run leads to its failure workflow and back, and starts again', async () => {
    for (const url of ['/user/items/get', '/user/items/remove', '/user/products/terminate']) {
      gate.open(url, server.sandbox);
    }
    const { user_id, itemIds } = await userWithItems('leaves later', 1);
    const run = await start({ user_id, item_ids: ['of someone else'] });
    await workbench.reaches(run, 'Failed');
    const { page, context, faults } = await openPage(browser, server);
    await signInByToken(page, server);
    await page.goto(`${server.workbench}/runs/${run}`);
    await page.getByRole('button', { name: /^Remove Items \(Failed\)/ }).press('Enter');
    const panel = page.getByRole('region', { name: 'Task Remove Items' });
    await panel.getByText('HTTP 400').waitFor();
    // Why, in the service's own words, and its whole answer without a further click.
    await panel.getByRole('alert').getByText('ITEM_NOT_FOUND').waitFor();
    await panel.getByRole('region', { name: 'Answer' }).getByText('of someone else').waitFor();
    await page.getByRole('alert').first().getByText('not Items associated').waitFor();
    await picture(page, 'run-failed');
    await panel.getByRole('button', { name: 'Close' }).press('Enter');
    await panel.waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Its failure workflow' }).click();
    await page.getByRole('heading', { name: 'Offboarding failed' }).waitFor();
    await page.getByRole('link', { name: 'the run that failed' }).click();
    await page.getByRole('heading', { name: 'Offboard a user' }).waitFor();

    // Anew from a task that completed: the same answer once more.
    await page.keyboard.press('e');
    await page.getByRole('combobox', { name: 'From' }).selectOption('Get Items');
    await page.getByRole('button', { name: 'Rerun from Get Items' }).click();
    await page.getByText('replaced by a later run').first().waitFor();
    await workbench.reaches(run, 'Failed');

    // Anew with another input: without the foreign Item.
    await page.getByRole('button', { name: 'Start again…' }).click();
    await page
      .getByRole('textbox', { name: 'Input of the new run' })
      .fill(JSON.stringify({ api: gate.url, user_id }));
    await page.getByRole('button', { name: 'Start run' }).click();
    await page.getByRole('button', { name: /^Done \(Completed\)/ }).waitFor();
    assert.notEqual(new URL(page.url()).pathname, `/runs/${run}`);
    assert.deepEqual(await items.itemIdsOf({ user_id }), []);
    assert.equal(itemIds.length, 1);
    assertNone(faults, 'nothing went wrong on the page');
    await context.close();
  });

  test('a list of thousands scrolls, filters and shows a new run at its top', async () => {
    const tiny = await workbench.define(
      { End: { type: 'Terminate', terminationStatus: 'Completed' } },
      { name: 'Tiny' },
    );
    const count = 2_000;
    for (let done = 0; done < count; done += 100) {
      await Promise.all(Array.from({ length: 100 }, () => workbench.start(tiny)));
    }
    const { page, context, faults } = await openPage(browser, server);
    await signInByToken(page, server);
    await page.goto(`${server.workbench}/runs?definition=${tiny}`);
    const rows = page.locator('.virtual-table tbody tr:not(.gap)');
    await rows.first().waitFor();
    const list = page.getByRole('region', { name: 'Runs' });
    await page.waitForFunction((end) => {
      const scroller = document.querySelector('.virtual-scroller');
      scroller.scrollTop = scroller.scrollHeight;
      return [...document.querySelectorAll('.virtual-table td.number')].some(
        ({ textContent }) => textContent === end,
      );
    }, '1');
    assert.ok((await rows.count()) < 100, 'only the rows in view are on the page');

    await list.evaluate((element) => element.scrollTo({ top: 0 }));
    await workbench.start(tiny);
    await rows.filter({ hasText: String(count + 1) }).first().waitFor();

    // Along the rows and into one by keyboard.
    await page.getByRole('heading', { name: 'Runs' }).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: `Tiny #${count}` }).waitFor();
    await page.goBack();

    await page.getByLabel('Number').fill('77');
    await page.waitForFunction(
      () => document.querySelectorAll('.virtual-table tbody tr:not(.gap)').length === 1,
    );
    await rows.getByText('77', { exact: true }).waitFor();
    await page.goto(`${server.workbench}/runs/nope`);
    await page.getByRole('heading', { name: 'There is no such run' }).waitFor();
    await page.getByRole('link', { name: 'See every run' }).click();
    await rows.first().waitFor();
    assertNone(await accessibilityProblems(page), 'axe-core on the list');
    assertNone(faults, 'nothing went wrong on the page');
    await context.close();
  });
});
