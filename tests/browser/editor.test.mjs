// Shows that the editor keeps what somebody typed: through a reload, a session that ends, another
// tab of the panel, and text that is not JSON yet; and that nothing is done twice or later than it
// was asked for.

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { accessibilityProblems, assertNone, openBrowser, openPage, signInByToken } from '../support/browser.mjs';
import { get, post, request, startServer, until } from '../support/server.mjs';

describe('the editor', { timeout: 180_000 }, () => {
  let browser;
  let server;
  let target;
  let targetUrl;
  const received = [];
  const authorization = () => ({ headers: { Authorization: `Bearer ${server.pat}` } });

  before(async () => {
    target = http.createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        received.push(body);
        response.setHeader('Content-Type', 'application/json');
        response.end(JSON.stringify({ id: 'cus_81', tags: ['a', 'b'] }));
      });
    });
    await new Promise((done) => target.listen(0, '127.0.0.1', done));
    targetUrl = `http://127.0.0.1:${target.address().port}`;
    server = await startServer({ args: ['--egress-allow', '127.0.0.0/8'] });
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
    target?.close();
  });

  const define = async (name, more = {}) => {
    const call = {
      type: 'Http',
      httpRequest: { method: 'POST', url: `${targetUrl}/customers`, body: { name: 'Ada' } },
      end: true,
      ...more,
    };
    const body = { name, startTask: 'Call', tasks: { Call: call } };
    const made = await post(server.workbench, '/api/workflow-definitions', body, authorization());
    assert.equal(made.status, 200, made.text);
    return made.body;
  };
  const savedName = async (id) =>
    (await get(server.workbench, `/api/workflow-definitions/${id}`, authorization())).body.name;
  const open = async (address) => {
    const opened = await openPage(browser, server);
    await signInByToken(opened.page, server);
    await opened.page.goto(`${server.workbench}${address}`);
    return opened;
  };
  const title = (page) => page.getByLabel('Name of the workflow');
  const isSaved = (page) => page.getByText('saved', { exact: true }).waitFor();

  test('an answer stays at hand, and what is not JSON yet is not sent', async () => {
    const id = await define('Answers');
    const { page, context, faults } = await open(`/workflows/${id}?task=Call`);
    await page.getByRole('button', { name: 'Test request' }).click();
    await page.getByTestId('answer-status').filter({ hasText: '200' }).waitFor();
    await page.getByRole('tab', { name: 'Retry' }).click();
    await page.getByTestId('answer-status').waitFor({ state: 'hidden' });
    await page.getByRole('tab', { name: 'Configuration' }).click();
    await page.getByText('"cus_81"').waitFor();

    const sent = received.length;
    const body = page.getByRole('textbox', { name: 'Body' });
    await body.fill('{"name": "Bob", BROKEN');
    await page.getByText('Not JSON yet').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Test request' }).isDisabled(), true);
    await body.press('Control+Enter');
    // It is not lost to another tab either.
    await page.getByRole('tab', { name: 'Retry' }).click();
    await page.getByRole('tab', { name: 'Configuration' }).click();
    await page.getByText('BROKEN').waitFor();
    await body.fill('{"name": "Bob"}');
    await page.getByRole('button', { name: 'Test request' }).click();
    await until('the request was sent', () => received.length > sent);
    assert.deepEqual(received.slice(sent).map((text) => JSON.parse(text)), [{ name: 'Bob' }]);

    // Editors outside of the panel's own scrolling would make the page longer than the window.
    const overflow = await page.evaluate(
      () => document.scrollingElement.scrollHeight - window.innerHeight,
    );
    assert.equal(overflow, 0);
    assertNone(faults, 'nothing went wrong on the page');
    await context.close();
  });

  test('what is not saved is asked for, and outlives leaving and a reload', async () => {
    const id = await define('Drafts');
    const { page, context, faults } = await open(`/workflows/${id}`);
    await title(page).fill('Drafts, changed');
    await page.getByRole('link', { name: 'Runs' }).click();
    await page.getByRole('dialog', { name: 'Drafts, changed is not saved' }).waitFor();
    await page.getByRole('button', { name: 'Stay' }).click();

    page.once('dialog', (dialog) => dialog.accept());
    await page.reload();
    await page.getByText('What you changed before and did not save is back').waitFor();
    assert.equal(await title(page).inputValue(), 'Drafts, changed');
    assert.equal(await savedName(id), 'Drafts');
    await page.getByRole('button', { name: 'Drop it' }).click();
    assert.equal(await title(page).inputValue(), 'Drafts');
    await isSaved(page);

    await title(page).fill('Drafts, saved');
    await page.getByRole('link', { name: 'Runs' }).click();
    await page.getByRole('button', { name: 'Save and leave' }).click();
    await page.getByRole('heading', { name: 'Runs' }).waitFor();
    assert.equal(await savedName(id), 'Drafts, saved');
    await page.goto(`${server.workbench}/workflows/${id}`);
    await isSaved(page);
    assertNone(faults, 'nothing went wrong on the page');
    await context.close();
  });

  test('JSON that is no definition yet, or has no name, is kept as it was typed', async () => {
    const id = await define('Broken');
    const { page, context, faults } = await open(`/workflows/${id}`);
    await title(page).fill('Broken, changed');
    await page.getByRole('button', { name: 'Both' }).click();
    const json = page.getByRole('textbox', { name: 'Definition as JSON' });
    await json.press('Control+End');
    await page.keyboard.type(' xx');
    await page.getByText('can’t be read yet', { exact: true }).waitFor();
    page.once('dialog', (dialog) => dialog.accept());
    await page.reload();
    await page.getByText('What you changed before and did not save is back').waitFor();
    await page.getByText('xx', { exact: false }).first().waitFor();
    assert.equal(await title(page).inputValue(), 'Broken, changed');

    for (const name of ['', '"name": null,', '"name": 7,', '"name": {"a": 1},']) {
      await json.fill(`{${name} "startTask": "A", "tasks": {"A": {"type": "Simple", "end": true}}}`);
      await page.getByText('1 problem').waitFor();
    }
    await page.getByRole('button', { name: 'Undo' }).click();
    assertNone(faults, 'nothing went wrong on the page');
    await context.close();
  });

  test('a change to a version that is not the newest any more is held against it', async () => {
    const id = await define('Older');
    const { page, context, faults } = await open(`/workflows/${id}`);
    await title(page).fill('Older, mine');
    await page.getByRole('link', { name: 'Runs' }).click();
    await page.getByRole('button', { name: 'Leave and keep it here' }).click();
    await page.getByRole('heading', { name: 'Runs' }).waitFor();
    const now = (await get(server.workbench, `/api/workflow-definitions/${id}`, authorization())).body;
    const theirs = { ...now, name: 'Older, theirs' };
    const path = `/api/workflow-definitions/${id}`;
    const put = await request('PUT', server.workbench, path, theirs, authorization());
    assert.equal(put.status, 200, put.text);

    await page.goto(`${server.workbench}/workflows/${id}`);
    await page.getByText('What you changed in an older version').waitFor();
    assert.equal(await title(page).inputValue(), 'Older, theirs');
    await page.getByRole('button', { name: 'Bring it back' }).click();
    assert.equal(await title(page).inputValue(), 'Older, mine');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Somebody saved another version').waitFor();
    assert.equal(await savedName(id), 'Older, theirs');
    await page.getByRole('button', { name: 'See what they changed' }).click();
    await page.getByRole('dialog').getByText('Older, theirs').waitFor();
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    await page.getByRole('button', { name: 'Save mine as the newest version' }).click();
    await isSaved(page);
    assert.equal(await savedName(id), 'Older, mine');
    assertNone(faults, 'nothing went wrong on the page');
    await context.close();
  });

  test('renaming keeps the tab and the focus, and adding leads into what was added', async () => {
    const id = await define('Names');
    const { page, context, faults } = await open(`/workflows/${id}?task=Call`);
    await page.getByRole('tab', { name: 'Retry' }).click();
    const name = page.getByLabel('Name of the task');
    await name.fill('Called');
    await name.press('Control+s');
    await isSaved(page);
    assert.equal(await name.evaluate((field) => field === document.activeElement), true);
    assert.equal(await page.getByRole('tab', { name: 'Retry' }).getAttribute('aria-selected'), 'true');
    for (const type of ['Wait', 'Decision']) {
      await page.getByRole('button', { name: 'Add task' }).click();
      await page.getByRole('menuitem', { name: new RegExp(`^${type}`) }).click();
      await until('the focus is in the panel', () =>
        page.evaluate(() => document.querySelector('.panel').contains(document.activeElement)),
      );
    }
    await page.getByRole('button', { name: 'Add task' }).press('Enter');
    assertNone(await accessibilityProblems(page), 'axe-core on the open menu');
    await page.keyboard.press('Escape');
    assert.equal(
      await page.getByRole('button', { name: 'Add task' }).evaluate((one) => one === document.activeElement),
      true,
    );
    assertNone(faults, 'nothing went wrong on the page');
    await context.close();
  });

  test('a session that ends takes no work with it', async () => {
    const id = await define('Sessions');
    const { page, context, faults } = await open(`/workflows/${id}`);
    await title(page).fill('Sessions, changed');

    // Signed out and in again in another window: the change is saved as if nothing had been.
    const other = await context.newPage();
    await other.goto(server.workbench);
    await other.getByRole('button', { name: 'Sign out' }).click();
    await other.getByLabel('Personal access token').fill(server.pat);
    await other.getByRole('button', { name: 'Sign in' }).click();
    await other.getByRole('heading', { name: 'Start' }).waitFor();
    // By then it may have been led to sign in, and comes back by itself.
    await until(
      'the change is there',
      async () =>
        (await title(page).count()) > 0 &&
        (await title(page).inputValue()) === 'Sessions, changed',
      { timeoutMs: 20_000, everyMs: 100 },
    );
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await isSaved(page);
    assert.equal(await savedName(id), 'Sessions, changed');

    // Signed out for good: after signing in one is back where one was, with what was typed.
    await context.clearCookies();
    await title(page).fill('Sessions, changed again');
    await page.getByLabel('Personal access token').fill(server.pat);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('What you changed before and did not save is back').waitFor();
    assert.equal(await title(page).inputValue(), 'Sessions, changed again');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await isSaved(page);
    assert.equal(await savedName(id), 'Sessions, changed again');
    assertNone(faults, 'nothing went wrong on the page');
    await context.close();
  });

  test('without a network nothing waits to be done later, and two clicks make one', async () => {
    const { page, context } = await open('/workflows');
    await page.getByRole('button', { name: 'New workflow' }).waitFor();
    await context.setOffline(true);
    await page.getByRole('button', { name: 'New workflow' }).click();
    await page.getByRole('alert').filter({ hasText: 'Tartan does not answer' }).first().waitFor();
    const count = async () => {
      const { body } = await get(server.workbench, '/api/workflow-definitions?q=New', authorization());
      return body.content.length;
    };
    await context.setOffline(false);
    await page.reload();
    await page.getByRole('button', { name: 'New workflow' }).dblclick();
    await page.waitForURL(/\/workflows\/.+/);
    await title(page).waitFor();
    assert.equal(await count(), 1);
    await context.close();
  });

  test('a workflow is copied, disabled, and deleted', async () => {
    const id = await define('To be deleted');
    const { page, context, faults } = await open(`/workflows/${id}`);
    const more = async (what) => {
      await page.getByRole('button', { name: 'More' }).click();
      await page.getByRole('menuitem', { name: what }).click();
    };
    await more('Duplicate');
    await until('the copy is open', async () => (await title(page).inputValue()).endsWith('(copy)'));
    await page.goto(`${server.workbench}/workflows/${id}`);
    await more(/^Disable/);
    await page.getByText('disabled', { exact: true }).waitFor();
    await more(/^Delete/);
    await page.getByRole('button', { name: 'Delete workflow' }).click();
    await page.getByRole('link', { name: 'To be deleted (copy)' }).waitFor();
    assert.equal(await page.getByRole('link', { name: 'To be deleted', exact: true }).count(), 0);
    assertNone(faults, 'nothing went wrong on the page');
    await context.close();
  });
});
