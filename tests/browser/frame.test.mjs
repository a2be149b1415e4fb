// What surrounds every page: the line that says where one is, the document's title, the focus after
// a step, the keys, all of it on a phone; a server that does not answer, a page whose files are gone,
// a wrong address, and the way back after signing in.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  accessibilityProblems,
  assertNone,
  openBrowser,
  openPage,
  signInByToken,
} from '../support/browser.mjs';
import { startServer } from '../support/server.mjs';

describe('the frame in the browser', () => {
  let server;
  let browser;
  before(async () => {
    server = await startServer();
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  const trailOf = (page) =>
    page.getByRole('navigation', { name: 'Breadcrumb' }).getByRole('listitem').allTextContents();
  const focused = (page) => page.locator(':focus');

  test('the trail and the title say where one is, and each step leads back', async () => {
    const { page, context, faults } = await openPage(browser, server);
    await signInByToken(page, server);
    assert.equal(await page.title(), 'Start · Tartan');
    await page.goto(`${server.workbench}/catalogue?q=remove+items+of+user`);
    await page.locator('#hits [role="option"]').first().click();
    await page.getByRole('navigation', { name: 'Breadcrumb' }).getByText('POST /user/items/remove').waitFor();
    assert.deepEqual(await trailOf(page), [
      'Catalogue',
      'tartan/users-items',
      'POST /user/items/remove',
    ]);
    assert.equal(
      await page.title(),
      'POST /user/items/remove · tartan/users-items · Catalogue · Tartan',
    );
    await page.goto(`${server.workbench}/users/sandbox/${server.demo.user_id}`);
    await page.getByRole('heading', { name: 'Items', exact: true }).waitFor();
    assert.equal((await trailOf(page)).length, 3);
    await page.getByRole('navigation', { name: 'Breadcrumb' }).getByRole('link', { name: 'sandbox' }).click();
    await page.waitForURL('**/users/sandbox');
    await page.getByRole('region', { name: 'Users' }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'Items', exact: true }).waitFor();
    assertNone(faults, 'nothing went wrong on the page');
    await context.close();
  });

  test('by keyboard: skip to content, the heading after a step, the keys of the page', async () => {
    const { page, context, faults } = await openPage(browser, server);
    await signInByToken(page, server);
    await page.goto(`${server.workbench}/settings/clients`);
    await page.getByRole('heading', { name: 'Clients', level: 1 }).waitFor();
    await page.keyboard.press('Tab');
    assert.equal(await focused(page).textContent(), 'Skip to content');
    await page.keyboard.press('Enter');
    assert.equal(await focused(page).getAttribute('id'), 'content');

    await page.getByRole('link', { name: 'Access tokens' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('h1:focus').filter({ hasText: 'Access tokens' }).waitFor();
    // A page whose heading comes with its data.
    await page.goto(`${server.workbench}/users/sandbox`);
    await page.getByRole('region', { name: 'Users' }).getByRole('link').first().click();
    await page.getByRole('heading', { name: 'Items', exact: true }).waitFor();
    await page.locator('h1:focus').waitFor();

    await page.keyboard.press('?');
    const dialog = page.getByRole('dialog', { name: 'Keys' });
    await dialog.getByText('Make a sandbox Item').waitFor();
    await dialog.getByText('Search the catalogue').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.keyboard.press('n');
    await page.getByRole('dialog', { name: 'Make a sandbox Item' }).waitFor();
    // In a dialog and in a field a key is only a letter.
    await page.keyboard.type('/?n');
    assert.equal(await page.getByLabel('Find an institution').inputValue(), '/?n');
    assertNone(faults, 'nothing went wrong on the page');
    await context.close();
  });

  test('a server that does not answer is told, and the pages come back by themselves', async () => {
    const mortal = await startServer();
    const { page, context } = await openPage(browser, mortal);
    await signInByToken(page, mortal);
    const told = page.getByText('Tartan does not answer. It is tried again every few seconds.');
    const status = page.getByRole('contentinfo', { name: 'Status' });
    assert.equal(await told.count(), 0);
    await mortal.kill();
    // A page that was never loaded: none of its files come.
    await page.getByRole('link', { name: 'Runs', exact: true }).click();
    await told.waitFor();
    await status.getByText(/sandbox \d+, no answer/).waitFor();
    assert.equal(await page.getByText(/preload|import/i).count(), 0, 'no words of a build');
    assertNone(await accessibilityProblems(page), 'axe-core without an answer');
    const again = await startServer({ dataDir: mortal.dataDir, at: mortal });
    await page.getByRole('heading', { name: 'Runs' }).waitFor();
    await told.waitFor({ state: 'detached' });
    assert.match(await status.textContent(), /^sandbox \d+production \d+$/);
    // A page that is open stays, and asks at once when told to.
    await again.kill();
    await page.getByRole('button', { name: /^Failed/ }).or(page.getByRole('link', { name: /^Failed/ })).first().click();
    await told.waitFor();
    await page.getByRole('heading', { name: 'Runs' }).waitFor();
    const third = await startServer({ dataDir: mortal.dataDir, at: mortal });
    await page.getByRole('button', { name: 'Try again' }).click();
    await told.waitFor({ state: 'detached' });
    await context.close();
    await third.stop();
  });

  test('a page whose files were renamed by a new version is loaded anew, once', async () => {
    const { page, context } = await openPage(browser, server);
    await signInByToken(page, server);
    let isGone = true;
    let asked = 0;
    await page.route(/assets\/RunsPage/, (route) => {
      ++asked;
      return isGone ? route.fulfill({ status: 404 }) : route.continue();
    });
    await page.getByRole('link', { name: 'Runs', exact: true }).click();
    await page.getByRole('button', { name: 'Load the page anew' }).waitFor();
    assert.ok(asked >= 2, 'it was loaded anew by itself');
    const before = asked;
    await new Promise((resolve) => setTimeout(resolve, 1000));
    assert.equal(asked, before, 'and not over and over');
    isGone = false;
    await page.getByRole('button', { name: 'Load the page anew' }).click();
    await page.getByRole('heading', { name: 'Runs' }).waitFor();
    await context.close();
  });

  test('a wrong address is told on a page, with the way to every place', async () => {
    const { page, context, faults } = await openPage(browser, server);
    await signInByToken(page, server);
    const reply = await page.goto(`${server.workbench}/no/where`);
    assert.equal(reply.status(), 404);
    await page.getByRole('heading', { name: 'Nothing is here' }).waitFor();
    await page.getByRole('link', { name: 'Go to Start' }).click();
    await page.getByRole('heading', { name: 'Start' }).waitFor();
    assertNone(faults, 'nothing went wrong on the page');
    await context.close();
  });

  test('who signs in again is back where the session ended, filters and all', async () => {
    const { page, context } = await openPage(browser, server);
    await signInByToken(page, server);
    await page.goto(`${server.workbench}/runs?status=Failed`);
    await page.getByRole('heading', { name: 'Runs' }).waitFor();
    await context.clearCookies();
    await page.getByLabel('Number').fill('4');
    await page.getByLabel('Personal access token').fill(server.pat);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Runs' }).waitFor();
    assert.match(new URL(page.url()).search, /status=Failed/);
    await context.close();
  });

  test('on a phone and in the dark every page fits and is accessible', async () => {
    const shapes = [
      { viewport: { width: 390, height: 844 }, colorScheme: 'light' },
      { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
    ];
    const places = ['clients', 'credentials', 'tokens', 'egress', 'audit', 'backup', 'about']
      .map((section) => `/settings/${section}`)
      .concat(
        '/users/sandbox',
        '/users/production',
        `/users/sandbox/${server.demo.user_id}`,
        '/users/sandbox/removals',
        '/users/sandbox/journal',
      );
    for (const shape of shapes) {
      const { page, context, faults } = await openPage(browser, server, shape);
      await signInByToken(page, server);
      for (const place of places) {
        await page.goto(`${server.workbench}${place}`);
        await page.getByRole('heading', { level: 1 }).waitFor();
        assertNone(await accessibilityProblems(page), `axe-core on ${place}`);
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wider <= 0, `${place} is ${wider} px wider than the window`);
      }
      await page.getByRole('link', { name: 'Settings' }).click();
      await page.waitForURL('**/settings/clients');
      assertNone(faults, 'nothing went wrong on the page');
      await context.close();
    }
  });
});
