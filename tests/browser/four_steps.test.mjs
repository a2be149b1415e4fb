// The journey that the workbench exists for, in a real browser on the real program: add an HTTP
// task to a workflow, search the API and click its name, its request is prepared, Test request
// shows the answer; then the workflow is saved and run.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  accessibilityProblems,
  assertNone,
  openBrowser,
  openPage,
  picture,
  signInByToken,
} from '../support/browser.mjs';
import { Person } from '../support/person.mjs';
import { startServer } from '../support/server.mjs';

async function addTask(page, type) {
  await page.getByRole('button', { name: 'Add task' }).click();
  await page.getByRole('menuitem', { name: new RegExp(`^${type}`) }).click();
}

describe('the four steps in the browser', () => {
  let server;
  let browser;
  before(async () => {
    server = await startServer();
    browser = await openBrowser();
  });
  let ownServer;
  after(async () => {
    await browser?.close();
    await server?.stop();
    await ownServer?.stop();
  });

  test('a sign-in link signs in once, and its code leaves the address', async () => {
    const { page, context, faults } = await openPage(browser, server);
    const { url } = await (
      await fetch(`${server.workbench}/api/session/links`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${server.pat}` },
      })
    ).json();
    await page.goto(url);
    await page.getByRole('heading', { name: 'Start' }).waitFor();
    assert.equal(new URL(page.url()).hash, '');
    const [cookie] = await context.cookies();
    assert.equal(cookie.httpOnly, true);
    assert.equal(cookie.sameSite, 'Strict');
    assertNone(faults, 'nothing went wrong on the page');

    const second = await openPage(browser, server);
    await second.page.goto(url);
    await second.page.getByRole('alert').filter({ hasText: 'links work once' }).waitFor();
    await second.context.close();
    await context.close();
  });

  test('by mouse: search, click, prepared, test, save, run', async (t) => {
    const { page, context, faults } = await openPage(browser, server);
    await signInByToken(page, server);
    await picture(page, 'start');

    const person = new Person(page);
    await person.click(page.getByRole('link', { name: 'Workflows' }).first());
    await person.click(page.getByRole('button', { name: 'Make the first workflow' }));
    await person.choose(
      page.getByRole('button', { name: 'Add task' }),
      page.getByRole('menuitem', { name: 'Http' }),
    );
    await person.click(page.getByLabel('Search an API'));
    await person.type('remove items of user');
    await person.click(page.getByRole('option', { name: '/user/items/remove' }).first());
    await assertText(page.getByLabel('URL'), `${server.sandbox}/user/items/remove`);
    await picture(page, 'prepared');

    // What the API asks for, filled in beside the request.
    await person.click(page.getByLabel('PLAID-CLIENT-ID'));
    await person.paste(server.clientId);
    await person.click(page.getByLabel('PLAID-SECRET'));
    await person.paste(server.secrets.sandbox);
    await person.click(page.getByRole('button', { name: 'Save and use' }));
    await page.getByLabel('PLAID-SECRET').waitFor({ state: 'detached' });
    await person.click(page.getByRole('textbox', { name: 'Body' }));
    await person.paste(
      JSON.stringify({ user_id: server.demo.user_id, item_ids: [server.demo.item_ids[0]] }),
    );
    await person.click(page.getByRole('button', { name: 'Test request' }));
    await page.getByTestId('answer-status').filter({ hasText: '200' }).waitFor();
    assertShort(person, 14, t);
    await page.getByText('request_id').first().waitFor();
    await picture(page, 'tested');
    assertNone(await accessibilityProblems(page), 'axe-core on the editor');

    // The Item is gone: the same request again is the real error of the real service.
    await page.getByRole('button', { name: 'Test request' }).click();
    await page.getByTestId('answer-status').filter({ hasText: '400' }).waitFor();

    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('saved', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByRole('button', { name: 'Start run' }).click();
    await page.waitForURL(/\/runs\/.+/);
    await page.getByText('Failed').first().waitFor();
    await picture(page, 'run');
    assertNone(faults, 'nothing went wrong on the page');
    await context.close();
  });

  test('by keyboard alone: / searches, arrows choose, Enter uses, Tab leads to the test', async (t) => {
    const server = (ownServer = await startServer());
    const { page, context, faults } = await openPage(browser, server);
    await signInByToken(page, server);
    const person = new Person(page);
    await person.press('/');
    await page.getByLabel('Search the catalogue').waitFor();
    await person.type('user items remove');
    await page.locator('#hits[aria-busy="false"]').waitFor();
    await page.locator('#hits > :first-child').filter({ hasText: '/user/items/remove' }).waitFor();
    await person.press('ArrowDown', 'ArrowUp');
    await page.getByRole('article', { name: 'POST /user/items/remove' }).waitFor();
    await picture(page, 'catalogue');
    assertNone(await accessibilityProblems(page), 'axe-core on the catalogue');
    await person.press('Enter', 'Enter');
    await page.getByRole('menuitem', { name: 'New workflow', exact: true }).waitFor();
    await person.press('Enter');
    await page.waitForURL(/\/workflows\/.+/);
    await page.getByLabel('Name of the workflow').waitFor();

    // What the API asks for, the body, and the test, by Tab alone.
    await person.tabTo(page.getByLabel('PLAID-CLIENT-ID'));
    await person.paste(server.clientId);
    await person.tabTo(page.getByLabel('PLAID-SECRET'));
    await person.paste(server.secrets.sandbox);
    await person.tabTo(page.getByRole('button', { name: 'Save and use' }));
    await person.press('Enter');
    await page.getByLabel('PLAID-SECRET').waitFor({ state: 'detached' });
    await person.tabTo(page.getByRole('textbox', { name: 'Body' }));
    await person.paste(
      JSON.stringify({ user_id: server.demo.user_id, item_ids: [server.demo.item_ids[1]] }),
    );
    await person.tabTo(page.getByRole('button', { name: 'Test request' }));
    await person.press('Enter');
    await page.getByTestId('answer-status').filter({ hasText: '200' }).waitFor();
    assertShort(person, 16, t);
    assertNone(faults, 'nothing went wrong on the page');
    await context.close();
  });

  test('Enter right behind the last letter never uses what was found before', async () => {
    const { page, context, faults } = await openPage(browser, server);
    await signInByToken(page, server);
    await page.goto(`${server.workbench}/catalogue`);
    const field = page.getByLabel('Search the catalogue');
    await field.fill('/user/create');
    await page.getByRole('article', { name: 'POST /user/create' }).waitFor();
    await field.fill('/user/items/remove');
    const use = page.getByRole('button', { name: 'Use in a workflow' });
    const isReady = () => use.evaluate((button) => button === document.activeElement);
    for (let presses = 0; presses < 20; ++presses) {
      await page.keyboard.press('Enter');
      if ((await use.count()) > 0 && (await isReady())) break;
      await page.waitForTimeout(100);
    }
    assert.equal(await isReady(), true);
    await page.getByRole('article', { name: 'POST /user/items/remove' }).waitFor({ timeout: 100 });
    assertNone(faults, 'nothing went wrong on the page');
    await context.close();
  });

  test('an invalid definition is corrected by following the marks', async () => {
    const { page, context, faults } = await openPage(browser, server);
    await signInByToken(page, server);
    await page.goto(`${server.workbench}/workflows`);
    await page.getByRole('button', { name: 'New workflow' }).click();
    await page.waitForURL(/\/workflows\/.+/);
    await addTask(page, 'Http');
    const url = page.getByLabel('URL');
    await url.fill('');
    const problems = page.getByRole('button', { name: '1 problem' });
    await problems.waitFor();

    // The mark stands at the field, on the task, in the JSON, and in the list, which leads to the field.
    assert.equal(await url.getAttribute('aria-invalid'), 'true');
    await page.locator('.marked.wrong', { hasText: 'url must not be empty' }).waitFor();
    await page.getByRole('button', { name: 'Both' }).click();
    await page.locator('.react-flow__node .problems').waitFor();
    await page.locator('.cm-lintRange-error, .cm-lint-marker-error').first().waitFor();
    await page.getByRole('button', { name: 'Graph', exact: true }).click();
    await page.locator('.react-flow__pane').click({ position: { x: 5, y: 5 } });
    await url.waitFor({ state: 'detached' });
    await problems.click();
    await page.getByRole('button', { name: /New Http task/ }).click();
    await url.fill(`${server.sandbox}/categories/get`);
    await page.getByText('valid', { exact: true }).waitFor();
    assert.equal(await url.getAttribute('aria-invalid'), null);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('saved', { exact: true }).waitFor();
    assertNone(faults, 'nothing went wrong on the page');
    await context.close();
  });

  test('two windows: the later save is told, nothing is lost silently', async () => {
    const { page, context, faults } = await openPage(browser, server);
    await signInByToken(page, server);
    await page.goto(`${server.workbench}/workflows`);
    await page.getByRole('button', { name: 'New workflow' }).click();
    const address = await page.waitForURL(/\/workflows\/.+/).then(() => page.url());
    const other = await context.newPage();
    await other.goto(address);
    for (const [window, name] of [[page, 'Mine'], [other, 'Theirs']]) {
      await window.getByLabel('Name of the workflow').fill(name);
    }
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('saved', { exact: true }).waitFor();
    await other.getByRole('button', { name: 'Save', exact: true }).click();
    await other.getByRole('alert').filter({ hasText: 'another version' }).waitFor();
    await other.getByRole('button', { name: 'Save mine as the newest version' }).click();
    await other.getByText('saved', { exact: true }).waitFor();
    assertNone(faults, 'nothing went wrong on the page');
    await context.close();
  });
});

// The journey takes no more steps than it has today, and less than a minute.
function assertShort(person, stepsMost, t) {
  t.diagnostic(`${person.steps} steps, ${person.seconds.toFixed(0)} s by the keystroke-level model`);
  assert.ok(person.steps <= stepsMost, `${person.steps} steps, at most ${stepsMost}`);
  assert.ok(person.seconds < 60, `${person.seconds.toFixed(1)} s, less than a minute`);
}

async function assertText(locator, expected) {
  await locator.filter({ hasText: expected }).waitFor();
  assert.equal(await locator.textContent(), expected);
}
