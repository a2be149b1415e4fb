// Settings in a real browser on the real program: clients, tokens and credentials are made and taken
// back, secrets are shown once and leave the page, and the audit log tells it.

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
import { get, post, startServer } from '../support/server.mjs';

describe('settings in the browser', () => {
  let server;
  let browser;
  before(async () => {
    server = await startServer({ args: ['--egress-allow', '10.1.0.0/16'] });
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  // The value that is shown once, and that it has left the page afterwards.
  const keep = async (page, ...names) => {
    const values = [];
    for (const name of names) values.push(await page.getByTestId(name).textContent());
    await page.getByRole('button', { name: 'I have kept it' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    return values;
  };
  const place = async (page, name) => {
    await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name }).click();
    await page.getByRole('heading', { name, level: 1 }).waitFor();
  };
  const createUser = (clientId, secret) =>
    post(server.sandbox, '/user/create', { client_user_id: 'someone' }, { clientId, secret });

  test('a client and a token are made, changed and taken back; the audit log shows it', async () => {
    const { page, context, faults } = await openPage(browser, server);
    await signInByToken(page, server);
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.waitForURL('**/settings/clients');

    await page.getByRole('button', { name: 'New client' }).click();
    await page.getByLabel('Name').fill('billing service');
    await page.getByRole('button', { name: 'Make client' }).click();
    await page.getByTestId('sandbox secret').waitFor();
    await picture(page, 'shown-once');
    const [clientId, first] = await keep(page, 'client_id', 'sandbox secret', 'production secret');
    assert.equal((await createUser(clientId, first)).status, 201);

    const row = page.getByRole('row').filter({ hasText: clientId });
    await row.getByRole('button', { name: 'Rotate secret…' }).click();
    await page.getByRole('button', { name: 'Rotate sandbox secret' }).click();
    const [second] = await keep(page, 'sandbox secret');
    assert.equal((await createUser(clientId, first)).status, 400);
    assert.equal((await createUser(clientId, second)).status, 200);
    assertNone(await accessibilityProblems(page), 'axe-core on the clients');

    await place(page, 'Access tokens');
    await page.getByRole('button', { name: 'New token' }).click();
    await page.getByLabel('Name').fill('nightly export');
    await page.getByRole('radio', { name: 'read' }).check();
    await page.getByLabel('Expires').selectOption('in 7 days');
    await page.getByRole('button', { name: 'Make token' }).click();
    const [token] = await keep(page, 'token');
    const call = (method, path, body) =>
      (method === 'GET' ? get : (...all) => post(all[0], all[1], body, all[2]))(
        server.workbench,
        path,
        { headers: { Authorization: `Bearer ${token}` } },
      );
    assert.equal((await call('GET', '/api/about')).status, 200);
    assert.equal((await call('POST', '/api/tokens', {})).status, 403, 'it may only read');
    const tokenRow = page.getByRole('row').filter({ hasText: 'nightly export' });
    await tokenRow.getByRole('cell', { name: 'read', exact: true }).waitFor();
    await tokenRow.getByRole('button', { name: 'Revoke…' }).click();
    await page.getByRole('button', { name: 'Revoke token' }).click();
    await tokenRow.getByText('revoked', { exact: true }).waitFor();
    assert.equal((await call('GET', '/api/about')).status, 401);
    assertNone(await accessibilityProblems(page), 'axe-core on the tokens');

    await place(page, 'Audit log');
    const log = page.getByRole('region', { name: 'Audit log' });
    for (const deed of [
      'made a client',
      'rotated the sandbox secret of a client',
      'made a token',
      'revoked a token',
    ]) {
      await log.getByText(deed, { exact: true }).first().waitFor();
    }
    await page.getByLabel('Kind').selectOption('Clients');
    await log.getByText('revoked a token').first().waitFor({ state: 'detached' });
    await page.getByLabel('Find in the log').fill('billing');
    assert.equal(await log.getByRole('row').filter({ hasText: 'billing service' }).count(), 2);
    assertNone(await accessibilityProblems(page), 'axe-core on the audit log');

    for (const path of ['clients', 'tokens', 'audit']) {
      await page.goto(`${server.workbench}/settings/${path}`);
      await page.getByRole('row').nth(1).waitFor();
      const content = await page.content();
      for (const secret of [first, second, token, server.secrets.sandbox]) {
        assert.ok(!content.includes(secret), `a secret stands on ${path}`);
      }
    }
    assertNone(faults, 'nothing went wrong on the page');
    await context.close();
  });

  test('a secret that was shown is in no part of the page once one has gone on', async () => {
    const { page, context } = await openPage(browser, server);
    await signInByToken(page, server);
    await page.getByRole('link', { name: 'Settings' }).click();
    await place(page, 'Access tokens');
    await page.getByRole('button', { name: 'New token' }).click();
    await page.getByLabel('Name').fill('short lived');
    await page.getByRole('button', { name: 'Make token' }).click();
    const token = await page.getByTestId('token').textContent();
    // Leaves with Back, without closing the dialog first.
    await page.goBack();
    await page.getByRole('heading', { name: 'Clients', level: 1 }).waitFor();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.ok(!(await page.content()).includes(token));
    await context.close();
  });

  test('a credential is saved, replaced and deleted, and never shown', async () => {
    const { page, context, faults } = await openPage(browser, server);
    await signInByToken(page, server);
    await page.goto(`${server.workbench}/settings/credentials`);
    await page.getByRole('button', { name: 'New credential' }).click();
    await page.getByLabel('Name').fill('Stripe test');
    await page.getByLabel('Only sent to').fill('api.stripe.com');
    await page.getByLabel('Token', { exact: true }).fill('sk_test_planted');
    await page.getByRole('button', { name: 'Save credential' }).click();
    const row = page.getByRole('row').filter({ hasText: 'Stripe test' });
    await row.waitFor();
    await row.getByRole('button', { name: 'Replace…' }).click();
    assert.equal(await page.getByLabel('Token', { exact: true }).inputValue(), '');
    await page.getByLabel('Type').selectOption('User and password');
    await page.getByLabel('User', { exact: true }).fill('someone');
    await page.getByLabel('Password', { exact: true }).fill('planted-too');
    await page.getByRole('button', { name: 'Replace credential' }).click();
    await row.getByText('someone').waitFor();
    const content = await page.content();
    assert.ok(!/sk_test_planted|planted-too/.test(content), 'a secret stands on the page');
    assertNone(await accessibilityProblems(page), 'axe-core on the credentials');
    await page.goto(`${server.workbench}/settings/audit`);
    const saved = page.getByRole('row').filter({ hasText: 'saved a credential' });
    await saved.getByText('Stripe test', { exact: true }).waitFor();
    await page.goto(`${server.workbench}/settings/credentials`);
    await row.getByRole('button', { name: 'Delete…' }).click();
    await page.getByRole('button', { name: 'Delete credential' }).click();
    await page.getByText('No credential is saved.').waitFor();
    assertNone(faults, 'nothing went wrong on the page');
    await context.close();
  });

  test('on a phone a row has what was done and what can be done, and the place is in view', async () => {
    const { page, context, faults } = await openPage(browser, server, {
      viewport: { width: 390, height: 844 },
    });
    await signInByToken(page, server);
    const inView = async (what, box) =>
      assert.ok(box.x >= 0 && box.x + box.width <= 390, `${what} is in view`);
    await page.goto(`${server.workbench}/settings/audit`);
    await inView('a deed', await page.getByText('made a client').first().boundingBox());
    const chosen = page.getByRole('navigation', { name: 'Settings' }).locator('.active');
    await inView('the place', await chosen.boundingBox());
    await page.goto(`${server.workbench}/settings/tokens`);
    await inView('a button', await page.getByRole('button', { name: 'Revoke…' }).first().boundingBox());
    await page.goto(`${server.workbench}/settings/clients`);
    const rotate = page.getByRole('button', { name: 'Rotate secret…' }).first();
    await inView('a button', await rotate.boundingBox());
    assertNone(await accessibilityProblems(page), 'axe-core on a phone');
    assertNone(faults, 'nothing went wrong on the page');
    await context.close();
  });

  test('egress, backup and about say what holds here', async () => {
    const { page, context, faults } = await openPage(browser, server);
    await signInByToken(page, server);
    await page.goto(`${server.workbench}/settings/egress`);
    await page.getByRole('cell', { name: '10.1.0.0/16', exact: true }).waitFor();
    await page.goto(`${server.workbench}/settings/backup`);
    await page.getByText(`tartan backup --data ${server.dataDir}`).waitFor();
    await page.goto(`${server.workbench}/settings/about`);
    await page.getByText(server.sandbox).first().waitFor();
    const limit = page.getByRole('row').filter({ hasText: '--connections-max' });
    await limit.getByText(/^\d+$/).waitFor();
    assertNone(await accessibilityProblems(page), 'axe-core on about');
    assertNone(faults, 'nothing went wrong on the page');
    await context.close();
  });

  test('a token that may only read is told so', async () => {
    const { body } = await post(
      server.workbench,
      '/api/tokens',
      { name: 'reader', scopes: ['read'] },
      { headers: { Authorization: `Bearer ${server.pat}` } },
    );
    const { page, context, faults } = await openPage(browser, server);
    await signInByToken(page, { ...server, pat: body.token });
    await page.goto(`${server.workbench}/settings/tokens`);
    await page.getByText('This place takes one of the scope').waitFor();
    assertNone(faults, 'nothing went wrong on the page');
    await context.close();
  });
});
