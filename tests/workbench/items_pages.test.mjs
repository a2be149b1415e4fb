// Users & Items in the workbench API: lists, one User, what removing Items would do and does, who
// removed what, sandbox Items; and what a hostile caller tries.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { post, startServer } from '../support/server.mjs';
import { ItemsApi, assertPlaidError, itemNotFound } from '../support/items_api.mjs';
import { Workbench } from '../support/workbench.mjs';

const sandbox = '/api/environments/sandbox';
const production = '/api/environments/production';

describe('users and Items in the workbench', () => {
  let server;
  let workbench;
  let api;
  before(async () => {
    server = await startServer();
    workbench = new Workbench(server);
    api = ItemsApi.sandboxOf(server);
  });
  after(() => server?.stop());

  let names = 0;
  const freshName = () => `person-${(names += 1)}`;
  const userWith = async (count, more = {}) => {
    const clientUserId = freshName();
    const { user_id } = await api.createUser(clientUserId);
    const items = [];
    for (let i = 0; i < count; i += 1) items.push(await api.createItem({ user_id }, more));
    return { user_id, clientUserId, items, ids: items.map(({ item_id }) => item_id) };
  };
  const legacyClient = async () => {
    const made = await workbench.post('/api/clients', { name: 'older', legacy: true });
    return {
      clientId: made.client_id,
      api: new ItemsApi(server.sandbox, made.client_id, made.secrets.sandbox),
    };
  };

  test('users are listed newest first, page by page, and of one client', async () => {
    const made = [];
    for (let i = 0; i < 5; i += 1) made.unshift((await userWith(0)).user_id);
    const all = (await workbench.all(`${sandbox}/users`, 2)).map(({ userId }) => userId);
    assert.deepEqual([...all].sort(), [...new Set(all)].sort());
    const order = all.filter((id) => made.includes(id));
    assert.equal(order.length, 5);
    const rows = await workbench.all(`${sandbox}/users`, 3);
    const times = rows.map(({ createdAt }) => createdAt);
    assert.deepEqual(times, [...times].sort().reverse());
    const demo = rows.find(({ userId }) => userId === server.demo.user_id);
    assert.deepEqual(
      [demo.itemCount, demo.clientUserId, demo.clientId, demo.legacy],
      [3, 'tartan-demo', server.clientId, false],
    );
    const { clientId, api: older } = await legacyClient();
    const { user_id } = await older.createUser(freshName());
    const own = await workbench.get(`${sandbox}/users?clientId=${clientId}`);
    assert.deepEqual(
      own.content.map(({ userId, legacy }) => [userId, legacy]),
      [[user_id, true]],
    );
    assert.deepEqual((await workbench.get(`${production}/users`)).content, []);
  });

  test('a User is found by its id, what its id begins with, its name and an Item', async () => {
    const { user_id, clientUserId, ids } = await userWith(1);
    const find = async (q, more = '') => {
      const page = await workbench.get(`${sandbox}/users?q=${encodeURIComponent(q)}${more}`);
      return page.content.map(({ userId }) => userId);
    };
    for (const q of [user_id, user_id.slice(0, 12), clientUserId, ids[0]]) {
      assert.deepEqual(await find(q), [user_id], q);
    }
    for (const q of [clientUserId, 'usr_', '']) {
      assert.deepEqual(await find(q, '&clientId=nobody'), []);
    }
    assert.deepEqual(await find(user_id, `&clientId=${server.clientId}`), [user_id]);
    for (const q of ["' OR 1=1 --", 'nothing', '%', 'person', '~', '\u{1F600}']) {
      assert.deepEqual(await find(q), [], q);
    }
    const byBeginning = await workbench.all(`${sandbox}/users?q=usr_`, 2);
    const everyone = await workbench.all(`${sandbox}/users`, 200);
    const current = everyone.filter(({ legacy }) => !legacy);
    assert.deepEqual(
      byBeginning.map(({ userId }) => userId),
      current.map(({ userId }) => userId).sort(),
    );
  });

  test('one User shows its Items, accounts and subscriptions, and no token', async () => {
    const options = { webhook: 'https://hook.example/x' };
    const { user_id, items, ids } = await userWith(2, {
      products: ['auth', 'transactions', 'identity'],
      options,
    });
    await api.succeed('/item/remove', { access_token: items[1].access_token });
    const { user_id: other } = await userWith(0);
    const reply = await workbench.call('GET', `${sandbox}/users/${user_id}`);
    const user = reply.body;
    assert.equal(user.items.length, 1);
    const [item] = user.items;
    assert.equal(item.itemId, ids[0]);
    assert.equal(item.institutionName, 'First Platypus Bank');
    assert.equal(item.status, 'healthy');
    assert.equal(item.webhook, options.webhook);
    assert.deepEqual(item.products, ['auth', 'transactions', 'identity']);
    assert.ok(item.accounts.length > 1);
    for (const account of item.accounts) assert.match(account.mask, /^\d{2,4}$/);
    assert.equal(item.accessTokens.length, 1);
    assert.equal(item.accessTokens[0].masked, 'access-sandbox-••••');
    assert.ok(Date.parse(item.accessTokens[0].createdAt) <= Date.now());
    const status = user.subscriptions.map((one) => [one.itemId, one.status, one.endedCause]);
    assert.deepEqual(status.sort(), [
      [ids[0], 'active', null],
      [ids[1], 'ended', 'item_removed'],
    ].sort());
    for (const { access_token, public_token } of items) {
      assert.ok(!reply.text.includes(access_token.slice(-12)));
      assert.ok(!reply.text.includes(public_token.slice(-12)));
    }
    assert.ok(!/account_?number|routing|owners|@/i.test(reply.text), reply.text);

    await api.succeed('/sandbox/item/reset_login', { access_token: items[0].access_token });
    await api.succeed('/user/items/associate', { user_id: other, item_ids: [ids[0]] });
    const moved = await workbench.get(`${sandbox}/users/${other}`);
    assert.deepEqual(
      [moved.items[0].status, moved.items[0].error.code, moved.subscriptions.length],
      ['error', 'ITEM_LOGIN_REQUIRED', 1],
    );
    assert.deepEqual((await workbench.get(`${sandbox}/users/${user_id}`)).items, []);
  });

  test('personal details show by name only', async () => {
    const { user_id } = await api.createUser(freshName(), {
      identity: {
        name: { given_name: 'Ada', family_name: 'Lovelace' },
        emails: [{ data: 'ada@example.com', primary: true }],
      },
    });
    const reply = await workbench.call('GET', `${sandbox}/users/${user_id}`);
    assert.ok(reply.body.identityFields.includes('name'), reply.text);
    assert.ok(!/Ada|Lovelace|ada@/.test(reply.text));
  });

  test('a preview changes nothing, and its call does what it says', async () => {
    const { user_id, ids, items } = await userWith(3);
    const itemIds = [ids[0], ids[1], ids[0]];
    const path = `${sandbox}/users/${user_id}/removal-preview`;
    const preview = await workbench.post(path, { itemIds });
    assert.equal(preview.removable, true);
    assert.equal(preview.problem, null);
    assert.deepEqual(
      preview.items.map(({ itemId }) => itemId),
      ids.slice(0, 2),
    );
    const { totals } = preview;
    const accounts = preview.items.reduce((sum, item) => sum + item.accounts.length, 0);
    assert.deepEqual(totals, {
      ...{ items: 2, accounts, accessTokens: 2, subscriptions: 2, webhooks: 0 },
    });
    assert.equal(preview.kept.items, 1);
    assert.ok(preview.effects.length >= 5);
    assert.deepEqual(await workbench.post(path, { itemIds }), preview);
    assert.deepEqual(await api.itemIdsOf({ user_id }), [...ids].sort());
    assert.equal((await workbench.get(`${sandbox}/removals?userId=${user_id}`)).content.length, 0);

    const { method, url, headers, body, curl } = preview.call;
    assert.deepEqual([method, body.user_id], ['POST', user_id]);
    assert.ok(curl.includes(url) && !curl.includes(server.secrets.sandbox));
    const sent = Object.fromEntries(headers.map(({ name, value }) => [name, value]));
    sent['PLAID-SECRET'] = server.secrets.sandbox;
    const { origin, pathname } = new URL(url);
    const done = await post(origin, pathname, body, { headers: sent });
    assert.equal(done.status, 200, done.text);
    assert.deepEqual(await api.itemIdsOf({ user_id }), [ids[2]]);
    for (const { access_token } of items.slice(0, 2)) {
      assertPlaidError(await api.call('/item/get', { access_token }), itemNotFound);
    }

    const after = await workbench.post(path, { itemIds: [...ids, 'x'] });
    assert.equal(after.removable, false);
    assert.deepEqual(after.strangers, [ids[0], ids[1], 'x']);
    assert.match(after.problem, /not Items associated with this User/);
    assert.deepEqual(after.items.map(({ itemId }) => itemId), [ids[2]]);
  });

  test('the workbench removes as the API does: all or none, recorded as its token', async () => {
    const { user_id, ids, items } = await userWith(3);
    const stranger = await userWith(1);
    const path = `${sandbox}/users/${user_id}/remove-items`;
    for (const wrong of [stranger.ids[0], 'x', "' OR '1'='1", '../../x', 'a b', '\u{1F600}']) {
      const error = await workbench.fail(404, 'POST', path, { itemIds: [ids[0], wrong] });
      assert.match(error.message, /^ITEM_NOT_FOUND: nothing was changed/);
    }
    assert.deepEqual(await api.itemIdsOf({ user_id }), [...ids].sort());
    const admin = await workbench.withScopes(['admin']);
    const done = await admin.post(path, { itemIds: [ids[1], ids[0], ids[1]] });
    assert.deepEqual(done.itemIds, [ids[1], ids[0]]);
    assert.deepEqual(await api.itemIdsOf({ user_id }), [ids[2]]);
    assertPlaidError(
      await api.call('/item/get', { access_token: items[0].access_token }),
      itemNotFound,
    );
    await workbench.fail(404, 'POST', path, { itemIds: [ids[0]] });
    await api.succeed('/user/items/remove', { user_id, item_ids: [ids[2]] });

    const { content, next } = await workbench.get(`${sandbox}/removals?userId=${user_id}`);
    assert.equal(next, null);
    const [byApi, byHand] = content;
    assert.deepEqual(byHand.by, { kind: 'token', id: admin.tokenId, name: 'admin' });
    assert.equal(byHand.requestId, done.requestId);
    assert.deepEqual(
      [byHand.action, byHand.itemCount, byHand.subscriptionsEnded, byHand.clientId],
      ['user.items.remove', 2, 2, server.clientId],
    );
    assert.equal(byHand.what, '2 Items were removed from a User');
    assert.deepEqual([byApi.by.kind, byApi.by.id], ['client', server.clientId]);
    const { subscriptions } = await workbench.get(`${sandbox}/users/${user_id}`);
    const causes = new Set(subscriptions.map(({ endedCause }) => endedCause));
    assert.deepEqual([...causes], ['user_items_removed']);
  });

  test('a User is removed with its Items: said before, recorded after', async () => {
    const { user_id, clientUserId, ids, items } = await userWith(2);
    const path = `${sandbox}/users/${user_id}`;
    const preview = await workbench.get(`${path}/removal-preview`);
    assert.deepEqual([preview.totals.items, preview.totals.accessTokens], [2, 2]);
    assert.ok(preview.effects.includes('2 Items go with it: First Platypus Bank (2).'));
    assert.deepEqual(preview.call.body, { user_id });
    assert.ok(preview.call.url.startsWith(server.sandbox));
    assert.ok(preview.call.url.endsWith('/user/remove'));
    assert.deepEqual(await api.itemIdsOf({ user_id }), [...ids].sort(), 'nothing is done yet');

    const editor = await workbench.withScopes(['edit']);
    await editor.fail(403, 'POST', `${path}/remove`);
    // What is meant for remove-items does not take the whole User.
    for (const body of [{ itemIds: ids }, ['x'], 'x']) {
      await workbench.fail(400, 'POST', `${path}/remove`, body);
    }
    const done = await workbench.post(`${path}/remove`);
    assert.deepEqual([...done.itemIds].sort(), [...ids].sort());
    await workbench.fail(404, 'GET', path);
    await workbench.fail(404, 'GET', `${path}/removal-preview`);
    await workbench.fail(404, 'POST', `${path}/remove`);
    for (const { access_token } of items) {
      assertPlaidError(await api.call('/item/get', { access_token }), itemNotFound);
    }
    const { content } = await workbench.get(`${sandbox}/removals?userId=${user_id}`);
    assert.deepEqual(
      content.map((row) => [row.action, row.itemCount, row.by.kind, row.requestId]),
      [['user.remove', 2, 'token', done.requestId]],
    );
    const again = await workbench.post(`${sandbox}/users`, { clientUserId });
    assert.notEqual(again.userId, user_id);

    // The call that stands in the preview does the same.
    const other = await workbench.get(`${sandbox}/users/${again.userId}/removal-preview`);
    const sent = Object.fromEntries(other.call.headers.map(({ name, value }) => [name, value]));
    sent['PLAID-SECRET'] = server.secrets.sandbox;
    const { origin, pathname } = new URL(other.call.url);
    const reply = await post(origin, pathname, other.call.body, { headers: sent });
    assert.equal(reply.status, 200, reply.text);
    await workbench.fail(404, 'GET', `${sandbox}/users/${again.userId}`);
  });

  test('removals tell what ended, why and by whom, page by page, of gone Users, too', async () => {
    const { user_id, items, ids } = await userWith(3);
    const reason = { reason_code: 'OTHER', reason_note: 'a note that is not kept' };
    await api.succeed('/item/remove', { access_token: items[0].access_token, ...reason });
    await api.succeed('/item/products/terminate', {
      access_token: items[1].access_token,
      reason_code: 'OTHER',
    });
    await api.succeed('/user/identity/remove', { user_id });
    await api.succeed('/user/remove', { user_id });
    const path = `${sandbox}/removals?userId=${user_id}`;
    const rows = await workbench.all(path, 1);
    assert.deepEqual(
      rows.map((row) => [row.action, row.itemIds.length, row.reasonCode, row.subscriptionsEnded]),
      [
        ['user.remove', 2, null, 1],
        ['user.identity.remove', 0, null, 0],
        ['item.products.terminate', 1, 'OTHER', 1],
        ['item.remove', 1, 'OTHER', 1],
      ],
    );
    assert.deepEqual(rows[3].itemIds, [ids[0]]);
    assert.ok(!JSON.stringify(rows).includes('a note'));
    await workbench.fail(404, 'GET', `${sandbox}/users/${user_id}`);
    const all = await workbench.get(`${sandbox}/removals?size=200&clientId=${server.clientId}`);
    assert.ok(all.content.length > rows.length);
    assert.deepEqual((await workbench.get(`${sandbox}/removals?clientId=x`)).content, []);
    assert.deepEqual((await workbench.get(`${production}/removals`)).content, []);
  });

  test('a User of the older API is shown, previewed with user_token, and served', async () => {
    const { api: older, clientId } = await legacyClient();
    const { user_id, user_token } = await older.createUser(freshName());
    await older.createItem({ user_token });
    const { itemId, accessToken } = await workbench.post(`${sandbox}/users/${user_id}/items`, {
      institutionId: 'ins_109508',
      products: ['auth'],
    });
    const reply = await workbench.call('GET', `${sandbox}/users/${user_id}`);
    assert.equal(reply.body.userToken.masked, 'user-sandbox-••••');
    assert.ok(!reply.text.includes(user_token.slice(-12)));
    assert.equal(reply.body.items.length, 2);
    const { call } = await workbench.post(`${sandbox}/users/${user_id}/removal-preview`, {
      itemIds: [itemId],
    });
    assert.deepEqual(call.body, { user_token: 'YOUR_USER_TOKEN', item_ids: [itemId] });
    assert.equal((await older.call('/item/get', { access_token: accessToken })).status, 200);
    await workbench.post(`${sandbox}/users/${user_id}/remove-items`, { itemIds: [itemId] });
    assertPlaidError(await older.call('/item/get', { access_token: accessToken }), itemNotFound);
    const made = await workbench.post(`${sandbox}/users`, {
      ...{ clientUserId: freshName(), clientId, legacy: true },
    });
    assert.equal(made.created, true);
    const taken = await older.call('/user/items/get', { user_token: made.userToken });
    assert.equal(taken.status, 200, taken.text);
  });

  test('a User and a sandbox Item are made, and the token shown once works', async () => {
    const clientUserId = freshName();
    const made = await workbench.post(`${sandbox}/users`, { clientUserId });
    assert.equal(made.created, true);
    const again = await workbench.post(`${sandbox}/users`, { clientUserId });
    assert.deepEqual(again, { userId: made.userId, created: false, userToken: null });
    const path = `${sandbox}/users/${made.userId}/items`;
    const webhook = 'https://hook.example/';
    const item = await workbench.post(path, {
      ...{ institutionId: 'ins_109508', products: ['transactions', 'auth', 'auth'], webhook },
    });
    const got = await api.succeed('/item/get', { access_token: item.accessToken });
    assert.deepEqual(
      [got.item.item_id, got.item.webhook, got.item.products],
      [item.itemId, webhook, ['transactions', 'auth']],
    );
    const wrong = {
      'INVALID_INSTITUTION: ': { institutionId: 'ins_0', products: ['auth'] },
      'INVALID_PRODUCT: ': { institutionId: 'ins_109508', products: ['magic'] },
    };
    for (const [begins, body] of Object.entries(wrong)) {
      const { message } = await workbench.fail(400, 'POST', path, body);
      assert.ok(message.startsWith(begins), message);
    }
    const body = { institutionId: 'ins_109508', products: ['auth'] };
    await workbench.fail(400, 'POST', `${production}/users/${made.userId}/items`, body);
    await workbench.fail(404, 'POST', `${sandbox}/users/usr_x/items`, body);
    await workbench.fail(400, 'POST', path, { ...body, products: [] });
    await workbench.fail(400, 'POST', path, { ...body, more: 1 });
    await workbench.fail(400, 'POST', `${sandbox}/users`, { clientUserId: 'a@b.example' });
    await workbench.fail(400, 'POST', `${sandbox}/users`, { clientUserId: '' });
    await workbench.fail(400, 'POST', `${sandbox}/users`, { clientUserId: 'x', legacy: true });
    await workbench.fail(404, 'POST', `${sandbox}/users`, { clientUserId: 'x', clientId: 'y' });
    const real = await workbench.post(`${production}/users`, { clientUserId });
    await workbench.get(`${production}/users/${real.userId}`);
    await workbench.fail(404, 'GET', `${sandbox}/users/${real.userId}`);
    await workbench.fail(404, 'GET', `${production}/users/${made.userId}`);
  });

  test('institutions are listed and found, in pages', async () => {
    const all = await workbench.all(`${sandbox}/institutions`, 3);
    assert.ok(all.some(({ institutionId }) => institutionId === 'ins_109508'));
    const { content } = await workbench.get(`${sandbox}/institutions?q=platypus`);
    assert.ok(content.length > 0 && content.length < all.length);
    assert.ok(content.every(({ products }) => products.length > 0));
    assert.deepEqual((await workbench.get(`${sandbox}/institutions?q=zzz`)).content, []);
    await workbench.fail(400, 'GET', `${sandbox}/institutions?next=x`);
  });

  test('what a hostile caller sends is refused in words, and nothing changes', async () => {
    const { user_id, ids } = await userWith(1);
    const removal = `users/${user_id}/remove-items`;
    for (const environment of ['nowhere', 'Sandbox', 'sandbox%2f', '%00', '..', 'production%20']) {
      await workbench.fail(404, 'GET', `/api/environments/${environment}/users`);
      const path = `/api/environments/${environment}/${removal}`;
      await workbench.fail(404, 'POST', path, { itemIds: ids });
    }
    await workbench.fail(404, 'POST', `${production}/${removal}`, { itemIds: ids });
    const path = `${sandbox}/${removal}`;
    const bodies = [
      ...[{}, [], null, 'x', { itemIds: [] }, { itemIds: 'x' }, { itemIds: [1] }],
      ...[{ itemIds: [''] }, { itemIds: [null] }, { itemIds: ids, more: true }],
      { itemIds: Array.from({ length: 1001 }, () => ids[0]) },
      { itemIds: ['x'.repeat(201)] },
    ];
    for (const body of bodies) {
      for (const verb of [path, `${sandbox}/users/${user_id}/removal-preview`]) {
        await workbench.fail(400, 'POST', verb, JSON.stringify(body));
      }
    }
    await workbench.fail(400, 'POST', path, '{"itemIds":["a"],"itemIds":["b"]}');
    await workbench.fail(400, 'POST', path, '{');
    const many = Array.from({ length: 1000 }, (_, i) => `no-${i}`);
    const { message } = await workbench.fail(404, 'POST', path, { itemIds: many });
    assert.match(message, /and 980 more/);
    const preview = await workbench.post(`${sandbox}/users/${user_id}/removal-preview`, {
      itemIds: many,
    });
    assert.equal(preview.strangers.length, 1000);
    assert.deepEqual(await api.itemIdsOf({ user_id }), ids);
    for (const next of ['x', '-1', '0', '9'.repeat(30), '.', "'"]) {
      await workbench.fail(400, 'GET', `${sandbox}/removals?next=${next}`);
    }
    await workbench.fail(400, 'GET', `${sandbox}/users?next=x`);
    await workbench.fail(400, 'GET', `${sandbox}/users?size=0`);
    await workbench.fail(400, 'GET', `${sandbox}/users?size=201`);
    await workbench.fail(400, 'GET', `${sandbox}/users?q=${'x'.repeat(201)}`);
    await workbench.fail(405, 'DELETE', `${sandbox}/users/${user_id}`);
  });

  test('a thousand Items of a User go at once; of two removals of one Item one wins', async () => {
    const { user_id } = await api.createUser(freshName());
    const path = `${sandbox}/users/${user_id}`;
    const body = { institutionId: 'ins_109508', products: ['auth', 'transactions'] };
    const itemIds = [];
    for (let i = 0; i < 20; i += 1) {
      const made = await Promise.all(
        Array.from({ length: 50 }, () => workbench.post(`${path}/items`, body)),
      );
      itemIds.push(...made.map(({ itemId }) => itemId));
    }
    const preview = await workbench.post(`${path}/removal-preview`, { itemIds });
    assert.equal(preview.totals.items, 1000);
    const user = await workbench.get(path);
    assert.equal(user.items.length, 1000);
    const removals = await Promise.all(
      [1, 2].map(() => workbench.call('POST', `${path}/remove-items`, { itemIds })),
    );
    assert.deepEqual(removals.map(({ status }) => status).sort(), [200, 404]);
    assert.deepEqual(await api.itemIdsOf({ user_id }), []);
    const { content } = await workbench.get(`${sandbox}/removals?userId=${user_id}`);
    assert.deepEqual(
      content.map((row) => [row.itemCount, row.subscriptionsEnded]),
      [[1000, 1000]],
    );
  });

  test('looking takes a read token, making edit, removing admin', async () => {
    const { user_id, ids } = await userWith(1);
    const reader = await workbench.withScopes(['read']);
    const runner = await workbench.withScopes(['run']);
    const editor = await workbench.withScopes(['edit']);
    await reader.get(`${sandbox}/users/${user_id}`);
    const itemIds = ids;
    await reader.post(`${sandbox}/users/${user_id}/removal-preview`, { itemIds });
    const body = { institutionId: 'ins_109508', products: ['auth'] };
    await runner.fail(403, 'POST', `${sandbox}/users/${user_id}/items`, body);
    await runner.fail(403, 'POST', `${sandbox}/users`, { clientUserId: freshName() });
    await editor.post(`${sandbox}/users/${user_id}/items`, body);
    await editor.fail(403, 'POST', `${sandbox}/users/${user_id}/remove-items`, { itemIds });
    const nobody = new Workbench(server, null);
    await nobody.fail(401, 'GET', `${sandbox}/users`);
    await nobody.fail(401, 'POST', `${sandbox}/users/${user_id}/remove-items`, { itemIds });
  });
});

test('the providers of the catalogue, with their counts', async () => {
  const server = await startServer();
  try {
    const workbench = new Workbench(server);
    const path = '/api/catalog/providers';
    const { content, total, next } = await workbench.get(path);
    assert.deepEqual([content.map(({ provider }) => provider), total, next], [['tartan'], 1, null]);
    assert.equal(content[0].apis, 2);
    const { content: apis } = await workbench.get('/api/catalog/apis?api=tartan');
    const operations = apis.reduce((sum, api) => sum + api.operations, 0);
    assert.equal(content[0].operations, operations);
    assert.equal((await workbench.get(`${path}?q=TART`)).total, 1);
    assert.equal((await workbench.get(`${path}?q=workbench`)).total, 1);
    assert.deepEqual((await workbench.get(`${path}?q=nothing%25`)).content, []);
    assert.deepEqual((await workbench.get(`${path}?next=5`)).content, []);
    await workbench.fail(400, 'GET', `${path}?next=x`);
  } finally {
    await server.stop();
  }
});
