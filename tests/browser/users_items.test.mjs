// Users & Items in a real browser on the real program: a User and two sandbox Items are made, both
// are removed through the dialog, and the removal is real: their access tokens are worth nothing.
// The journal shows the calls with what is secret masked.

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
import { assertPlaidError, ItemsApi } from '../support/items_api.mjs';
import { startServer } from '../support/server.mjs';

describe('Users & Items in the browser', () => {
  let server;
  let browser;
  let sandbox;
  before(async () => {
    server = await startServer();
    sandbox = ItemsApi.sandboxOf(server);
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  const makeItem = async (page, bank) => {
    await page.getByRole('button', { name: 'Make a sandbox Item' }).first().click();
    await page.getByLabel('Find an institution').fill(bank);
    await page.getByRole('radio', { name: bank }).first().check();
    await page.getByRole('checkbox', { name: 'transactions', exact: true }).check();
    await page.getByRole('button', { name: 'Make Item' }).click();
    const itemId = await page.getByTestId('item_id').textContent();
    const accessToken = await page.getByTestId('access_token').textContent();
    await page.getByRole('button', { name: 'I have kept it' }).click();
    await page.getByRole('cell', { name: itemId, exact: true }).first().waitFor();
    return { itemId, accessToken };
  };

  test('a User, two Items, and both removed through the dialog', async () => {
    const { page, context, faults } = await openPage(browser, server);
    await signInByToken(page, server);
    await page.getByRole('link', { name: 'Users & Items' }).click();
    await page.getByRole('button', { name: 'New User' }).click();
    await page.getByLabel('client_user_id').fill('browser-user');
    await page.getByRole('button', { name: 'Make User' }).click();
    await page.getByRole('heading', { name: 'browser-user' }).waitFor();
    const userId = new URL(page.url()).pathname.split('/').at(-1);

    const made = [await makeItem(page, 'First Platypus Bank'), await makeItem(page, 'Tartan Bank')];
    const itemIds = made.map(({ itemId }) => itemId);
    assert.deepEqual(await sandbox.itemIdsOf({ user_id: userId }), [...itemIds].sort());
    for (const { accessToken } of made) {
      assert.equal((await sandbox.call('/item/get', { access_token: accessToken })).status, 200);
      assert.ok(!(await page.content()).includes(accessToken), 'the token left the page');
    }

    // What belongs to an Item.
    await page.getByRole('button', { name: 'First Platypus Bank', exact: true }).click();
    await page.getByText('access-sandbox-••••').first().waitFor();
    await page.getByRole('columnheader', { name: 'Balance' }).waitFor();
    assertNone(await accessibilityProblems(page), 'axe-core on a User');
    await picture(page, 'user');

    await page.getByLabel('Select every Item').check();
    await page.getByRole('button', { name: 'Remove 2 Items…' }).click();
    const dialog = page.getByRole('dialog');
    // The effect and the call are there before anything is done.
    await dialog.getByText('POST /user/items/remove').waitFor();
    const call = await dialog.locator('pre').textContent();
    for (const part of [userId, ...itemIds, '/user/items/remove', 'YOUR_SECRET']) {
      assert.ok(call.includes(part), `the call holds ${part}: ${call}`);
    }
    assert.ok(!call.includes(server.secrets.sandbox), 'and no secret');
    assertNone(await accessibilityProblems(page), 'axe-core on the dialog');
    await picture(page, 'remove-items');
    const remove = dialog.getByRole('button', { name: 'Remove 2 Items', exact: true });
    assert.equal(await remove.isDisabled(), true);
    await dialog.getByLabel('Type 2').fill('3');
    assert.equal(await remove.isDisabled(), true);
    await dialog.getByLabel('Type 2').fill('2');
    await remove.click();
    await page.getByRole('status').filter({ hasText: '2 Items were removed' }).waitFor();
    await picture(page, 'removed-items');

    assert.deepEqual(await sandbox.itemIdsOf({ user_id: userId }), []);
    for (const { accessToken } of made) {
      const reply = await sandbox.call('/item/get', { access_token: accessToken });
      assertPlaidError(reply, { type: 'ITEM_ERROR', code: 'ITEM_NOT_FOUND' });
    }
    await page.getByText('This User has no Item.').waitFor();

    await page.getByRole('link', { name: 'See the removal' }).click();
    const row = page.locator('tr[aria-current="true"]');
    await row.getByText('2 Items were removed').waitFor();
    const removal = page.getByRole('complementary', { name: 'The opened removal' });
    await removal.getByText('in the workbench').waitFor();
    for (const itemId of itemIds) await removal.getByText(itemId).waitFor();
    // By keyboard alone: the row is left and opened again.
    await page.keyboard.press('x');
    await removal.waitFor({ state: 'detached' });
    await page.getByRole('heading', { name: 'Users & Items' }).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await removal.getByText(itemIds[0]).waitFor();
    assertNone(await accessibilityProblems(page), 'axe-core on what was removed');
    assertNone(faults, 'nothing went wrong on the page');
    await context.close();
  });

  test('an Item that went meanwhile: nothing is removed, and the dialog says so', async () => {
    const { user_id } = await sandbox.createUser('raced-user');
    const items = [await sandbox.createItem({ user_id }), await sandbox.createItem({ user_id })];
    const { page, context, faults } = await openPage(browser, server);
    await signInByToken(page, server);
    await page.goto(`${server.workbench}/users/sandbox/${user_id}`);
    await page.getByLabel('Select every Item').check();
    await page.keyboard.press('Delete');
    await page.getByLabel('Type 2').fill('2');
    await sandbox.succeed('/item/remove', { access_token: items[0].access_token });
    await page.getByRole('button', { name: 'Remove 2 Items', exact: true }).click();
    await page.getByRole('alert').filter({ hasText: items[0].item_id }).first().waitFor();
    assert.deepEqual(await sandbox.itemIdsOf({ user_id }), [items[1].item_id]);
    assertNone(faults, 'nothing went wrong on the page');
    await context.close();
  });

  test('a User is removed by its name typed, and the removal is there to read', async () => {
    const { user_id } = await sandbox.createUser('leaves-for-good');
    const { item_id, access_token } = await sandbox.createItem({ user_id });
    const { page, context, faults } = await openPage(browser, server);
    await signInByToken(page, server);
    await page.goto(`${server.workbench}/users/sandbox/${user_id}`);
    await page.getByRole('button', { name: 'Remove User…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('1 Item goes with it').waitFor();
    const call = await dialog.locator('pre').textContent();
    for (const part of ['/user/remove', user_id]) assert.ok(call.includes(part), call);
    assertNone(await accessibilityProblems(page), 'axe-core on the dialog');
    await picture(page, 'remove-user');
    const remove = dialog.getByRole('button', { name: 'Remove User and 1 Item' });
    await dialog.getByLabel('Type leaves-for-good').fill('leaves');
    assert.equal(await remove.isDisabled(), true);
    await dialog.getByLabel('Type leaves-for-good').fill('leaves-for-good');
    await remove.click();
    const removal = page.getByRole('complementary', { name: 'The opened removal' });
    await removal.getByText('A User was removed, with 1 Item').waitFor();
    await removal.getByText(item_id).waitFor();
    assertPlaidError(await sandbox.call('/item/get', { access_token }), { type: 'ITEM_ERROR', code: 'ITEM_NOT_FOUND' });
    await removal.getByRole('link', { name: user_id }).click();
    await page.getByRole('heading', { name: 'No such User' }).waitFor();
    assertNone(faults, 'nothing went wrong on the page');
    await context.close();
  });

  test('the journal shows calls as they come, with what is secret masked', async () => {
    const { page, context, faults } = await openPage(browser, server);
    await signInByToken(page, server);
    await page.goto(`${server.workbench}/users/sandbox/journal`);
    await page.getByRole('heading', { name: 'Users & Items' }).waitFor();
    const { user_id } = await sandbox.createUser('journal-user');
    const item = await sandbox.createItem({ user_id });
    await sandbox.call('/item/get', { access_token: item.access_token });
    await page.getByRole('button', { name: 'POST /item/get' }).first().click();
    const opened = page.getByRole('complementary', { name: 'The opened request' });
    await opened.getByText('access_token').first().waitFor();
    await opened.locator('pre').filter({ hasText: '••••' }).first().waitFor();
    for (const summary of await opened.locator('summary').all()) await summary.click();
    const content = await page.content();
    for (const secret of [item.access_token, server.secrets.sandbox]) {
      assert.ok(!content.includes(secret), 'a secret stands on the page');
    }
    assertNone(await accessibilityProblems(page), 'axe-core on the journal');
    await picture(page, 'journal');

    await opened.getByRole('button', { name: 'Close the request' }).click();
    await sandbox.call('/item/get', { access_token: 'access-sandbox-not-one' });
    await page.getByLabel('Which requests').selectOption('errors');
    await page.getByRole('cell', { name: 'INVALID_ACCESS_TOKEN' }).first().waitFor();
    await page.getByLabel('Which requests').selectOption('');
    // An id that stands in a body alone.
    await page.getByLabel('Find in the requests').fill(user_id);
    await page.getByText('2 requests that fit').waitFor();
    await page.getByLabel('Find in the requests').fill('nothing like this');
    await page.getByText('No request fits this filter.').waitFor();
    assertNone(faults, 'nothing went wrong on the page');
    await context.close();
  });
});
