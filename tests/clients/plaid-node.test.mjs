// Proves that the official Node client works against Tartan unchanged but for its base path: the
// whole life of Users and their Items, for clients of both generations of User identifiers.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Configuration, PlaidApi } from 'plaid';
import {
  assertPlaidError,
  institutionId,
  invalidAccessToken,
  itemNotFound,
  userNotFound,
} from '../support/items_api.mjs';
import { startServer } from '../support/server.mjs';

const accessTokenForm =
  /^access-(sandbox|production)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const itemIdForm = /^[0-9A-Za-z]{30,40}$/;
const neverIssuedToken = 'access-sandbox-00000000-0000-4000-8000-000000000000';

const identity = {
  name: { given_name: 'Nora', family_name: 'Lind' },
  date_of_birth: '1990-04-17',
  emails: [{ data: 'nora@example.com', primary: true }],
  phone_numbers: [{ data: '+14155550132', primary: true }],
  addresses: [
    {
      street_1: '9 Pine St',
      city: 'Reno',
      region: 'NV',
      country: 'US',
      postal_code: '89501',
      primary: true,
    },
  ],
};

// As a user of the library sets it up: keys as headers, basePath where the server is.
function clientFor(basePath, clientId, secret) {
  return new PlaidApi(
    new Configuration({
      basePath,
      baseOptions: { headers: { 'PLAID-CLIENT-ID': clientId, 'PLAID-SECRET': secret } },
    }),
  );
}

async function assertFails(call, expected) {
  const outcome = await call.then(
    (reply) => ({ reply }),
    (error) => ({ error }),
  );
  assert.ok(outcome.error, `expected ${expected.code}, got ${JSON.stringify(outcome.reply?.data)}`);
  // Without a response the connection broke: that is no Plaid error.
  if (!outcome.error.response) throw outcome.error;
  const { status, data } = outcome.error.response;
  assertPlaidError({ status, body: data }, expected);
  return data;
}

function assertOnlyRequestId(reply) {
  assert.equal(reply.status, 200);
  assert.deepEqual(Object.keys(reply.data), ['request_id']);
}

let server;
let plaid;
let clientUserIds = 0;

const newClientUserId = () => `node-${process.pid}-${(clientUserIds += 1)}`;

before(async () => {
  server = await startServer();
  plaid = clientFor(server.sandbox, server.clientId, server.secrets.sandbox);
});

after(() => server?.stop());

async function createItem(client, user, products = ['auth', 'transactions']) {
  const created = await client.sandboxPublicTokenCreate({
    institution_id: institutionId,
    initial_products: products,
    ...user,
  });
  assert.match(created.data.public_token, /^public-sandbox-[0-9a-f-]{36}$/);
  const exchanged = await client.itemPublicTokenExchange({
    public_token: created.data.public_token,
  });
  assert.match(exchanged.data.access_token, accessTokenForm);
  assert.match(exchanged.data.item_id, itemIdForm);
  return { itemId: exchanged.data.item_id, accessToken: exchanged.data.access_token };
}

async function createItems(client, user, count) {
  const items = [];
  for (let i = 0; i < count; i += 1) items.push(await createItem(client, user));
  return items;
}

async function listedItemIds(client, user) {
  const { data } = await client.userItemsGet(user);
  return data.items.map((item) => item.item_id).sort();
}

const idsOf = (items) => items.map((item) => item.itemId).sort();

// A User of the new API: {user_id}.
async function newUser(client = plaid) {
  const { data } = await client.userCreate({ client_user_id: newClientUserId() });
  return { user_id: data.user_id };
}

describe('a User of the new API', () => {
  test('is created once for a client_user_id, and found again', async () => {
    const clientUserId = newClientUserId();
    const created = await plaid.userCreate({ client_user_id: clientUserId, identity });
    assert.equal(created.status, 201);
    assert.match(created.data.user_id, /^usr_[0-9A-Za-z]+$/);
    assert.ok(!('user_token' in created.data));

    const again = await plaid.userCreate({ client_user_id: clientUserId });
    assert.equal(again.status, 200);
    assert.equal(again.data.user_id, created.data.user_id);

    const { data } = await plaid.userGet({ user_id: created.data.user_id });
    assert.equal(data.client_user_id, clientUserId);
    assert.deepEqual(data.identity.name, identity.name);
    assert.deepEqual(data.identity.emails, identity.emails);
    assert.deepEqual(data.identity.phone_numbers, identity.phone_numbers);
    assert.ok(!Number.isNaN(Date.parse(data.created_at)));
  });

  test('takes the hidden second argument of userCreate, a header of the beta', async () => {
    const created = await plaid.userCreate({ client_user_id: newClientUserId() }, true);
    assert.equal(created.status, 201);
  });

  test('is updated field by field and loses its identity on request', async () => {
    const { data } = await plaid.userCreate({ client_user_id: newClientUserId(), identity });
    const user = { user_id: data.user_id };
    assertOnlyRequestId(
      await plaid.userUpdate({ ...user, identity: { date_of_birth: '1990-04-18' } }),
    );
    const updated = (await plaid.userGet(user)).data;
    assert.equal(updated.identity.date_of_birth, '1990-04-18');
    assert.deepEqual(updated.identity.name, identity.name);

    assertOnlyRequestId(await plaid.userIdentityRemove(user));
    assert.equal((await plaid.userGet(user)).data.identity ?? null, null);
  });

  test('has the Items made with it, each readable by its token', async () => {
    const user = await newUser();
    const items = await createItems(plaid, user, 3);

    const { data } = await plaid.userItemsGet(user);
    assert.deepEqual(data.items.map((item) => item.item_id).sort(), idsOf(items));
    for (const item of data.items) {
      assert.equal(item.institution_id, institutionId);
      assert.equal(item.institution_name, 'First Platypus Bank');
      assert.equal(item.error, null);
      assert.equal(item.consent_expiration_time, null);
      assert.equal(item.update_type, 'background');
      assert.ok(Array.isArray(item.available_products) && Array.isArray(item.billed_products));
    }

    for (const { itemId, accessToken } of items) {
      const got = (await plaid.itemGet({ access_token: accessToken })).data;
      assert.equal(got.item.item_id, itemId);
      assert.ok('status' in got);
    }
  });

  test('has accounts behind each Item, as the documented sandbox user has', async () => {
    const { accessToken, itemId } = await createItem(plaid, await newUser());
    const { data } = await plaid.accountsGet({ access_token: accessToken });
    assert.equal(data.item.item_id, itemId);
    const [checking, saving, cd, card] = data.accounts;
    assert.deepEqual(
      data.accounts.slice(0, 4).map((account) => [account.name, account.mask, account.subtype]),
      [
        ['Plaid Checking', '0000', 'checking'],
        ['Plaid Saving', '1111', 'savings'],
        ['Plaid CD', '2222', 'cd'],
        ['Plaid Credit Card', '3333', 'credit card'],
      ],
    );
    assert.deepEqual([checking.balances.available, checking.balances.current], [100, 110]);
    assert.deepEqual([saving.balances.available, saving.balances.current], [200, 210]);
    assert.deepEqual([cd.balances.available, cd.balances.current], [null, 1000]);
    assert.deepEqual([card.balances.current, card.balances.limit], [410, 2000]);

    const one = await plaid.accountsGet({
      access_token: accessToken,
      options: { account_ids: [saving.account_id] },
    });
    assert.deepEqual(
      one.data.accounts.map((account) => account.account_id),
      [saving.account_id],
    );
  });
});

describe('an Item', () => {
  test('has its webhook set and cleared', async () => {
    const { accessToken, itemId } = await createItem(plaid, await newUser());
    const webhook = 'https://example.com/hooks/plaid';
    const set = await plaid.itemWebhookUpdate({ access_token: accessToken, webhook });
    assert.equal(set.data.item.item_id, itemId);
    assert.equal(set.data.item.webhook, webhook);
    assert.equal((await plaid.itemGet({ access_token: accessToken })).data.item.webhook, webhook);
    const cleared = await plaid.itemWebhookUpdate({ access_token: accessToken, webhook: null });
    assert.equal(cleared.data.item.webhook, null);
  });

  test('rotates its access token: the old one is as if never issued', async () => {
    const { accessToken, itemId } = await createItem(plaid, await newUser());
    const { data } = await plaid.itemAccessTokenInvalidate({ access_token: accessToken });
    assert.match(data.new_access_token, accessTokenForm);
    assert.notEqual(data.new_access_token, accessToken);
    await assertFails(plaid.itemGet({ access_token: accessToken }), invalidAccessToken);
    const got = await plaid.itemGet({ access_token: data.new_access_token });
    assert.equal(got.data.item.item_id, itemId);
  });

  test('gives a public token again, to be exchanged once', async () => {
    const { accessToken, itemId } = await createItem(plaid, await newUser());
    const { data } = await plaid.itemCreatePublicToken({ access_token: accessToken });
    const exchanged = await plaid.itemPublicTokenExchange({ public_token: data.public_token });
    assert.equal(exchanged.data.item_id, itemId);
    await assertFails(plaid.itemPublicTokenExchange({ public_token: data.public_token }), {
      type: 'INVALID_INPUT',
      code: 'INVALID_PUBLIC_TOKEN',
    });
  });

  test('wants a new login after a sandbox reset and says so in its listing', async () => {
    const user = await newUser();
    const { accessToken } = await createItem(plaid, user);
    const { data } = await plaid.sandboxItemResetLogin({ access_token: accessToken });
    assert.equal(data.reset_login, true);
    const { item } = (await plaid.itemGet({ access_token: accessToken })).data;
    assert.equal(item.error.error_code, 'ITEM_LOGIN_REQUIRED');
    const [listed] = (await plaid.userItemsGet(user)).data.items;
    assert.equal(listed.error.error_code, 'ITEM_LOGIN_REQUIRED');
    await assertFails(plaid.accountsGet({ access_token: accessToken }), {
      type: 'ITEM_ERROR',
      code: 'ITEM_LOGIN_REQUIRED',
    });
  });

  test('goes with /item/remove, once', async () => {
    const user = await newUser();
    const { accessToken } = await createItem(plaid, user);
    assertOnlyRequestId(
      await plaid.itemRemove({ access_token: accessToken, reason_code: 'OTHER' }),
    );
    assert.deepEqual(await listedItemIds(plaid, user), []);
    await assertFails(plaid.itemRemove({ access_token: accessToken }), itemNotFound);
  });

  test('stays listed when its products are terminated, but its token ends', async () => {
    const user = await newUser();
    const { accessToken, itemId } = await createItem(plaid, user);
    assertOnlyRequestId(
      await plaid.itemProductsTerminate({
        access_token: accessToken,
        reason_code: 'USER_OFFBOARDING',
      }),
    );
    assert.deepEqual(await listedItemIds(plaid, user), [itemId]);
    await assertFails(plaid.itemGet({ access_token: accessToken }), itemNotFound);
  });

  test('of no User becomes a User’s by association', async () => {
    const user = await newUser();
    const { itemId } = await createItem(plaid, {});
    assert.deepEqual(await listedItemIds(plaid, user), []);
    assertOnlyRequestId(await plaid.userItemsAssociate({ ...user, item_ids: [itemId] }));
    assert.deepEqual(await listedItemIds(plaid, user), [itemId]);
  });
});

// What both generations promise about removal. `identifier` makes a User and gives the fields that
// name it in a request.
function removalBehaviour(identifier) {
  test('removes some Items: they and their tokens are gone, the others work', async () => {
    const { client, user } = await identifier();
    const items = await createItems(client, user, 4);
    const [removed, kept] = [items.slice(0, 2), items.slice(2)];
    assertOnlyRequestId(await client.userItemsRemove({ ...user, item_ids: idsOf(removed) }));
    assert.deepEqual(await listedItemIds(client, user), idsOf(kept));
    for (const { accessToken } of removed) {
      await assertFails(client.itemGet({ access_token: accessToken }), itemNotFound);
      await assertFails(client.accountsGet({ access_token: accessToken }), itemNotFound);
    }
    for (const { accessToken, itemId } of kept) {
      const got = await client.itemGet({ access_token: accessToken });
      assert.equal(got.data.item.item_id, itemId);
    }
  });

  test('removes nothing when one id is not an Item of the User', async () => {
    const { client, user } = await identifier();
    const other = (await identifier(client)).user;
    const items = await createItems(client, user, 2);
    const foreign = await createItem(client, other);
    const refused = await assertFails(
      client.userItemsRemove({ ...user, item_ids: [...idsOf(items), foreign.itemId] }),
      itemNotFound,
    );
    assert.ok(refused.error_message.includes(foreign.itemId), refused.error_message);
    for (const { itemId } of items) assert.ok(!refused.error_message.includes(itemId));
    assert.deepEqual(await listedItemIds(client, user), idsOf(items));
    assert.deepEqual(await listedItemIds(client, other), [foreign.itemId]);
    for (const { accessToken } of [...items, foreign]) {
      assert.equal((await client.itemGet({ access_token: accessToken })).status, 200);
    }
  });

  test('fails whole when repeated, and for an id that never was', async () => {
    const { client, user } = await identifier();
    const items = await createItems(client, user, 2);
    assertOnlyRequestId(await client.userItemsRemove({ ...user, item_ids: idsOf(items) }));
    assert.deepEqual(await listedItemIds(client, user), []);
    await assertFails(client.userItemsRemove({ ...user, item_ids: idsOf(items) }), itemNotFound);
    await assertFails(client.userItemsRemove({ ...user, item_ids: ['neverWas'] }), itemNotFound);
  });

  test('takes an id that is repeated in one call as one', async () => {
    const { client, user } = await identifier();
    const [{ itemId }] = await createItems(client, user, 1);
    assertOnlyRequestId(await client.userItemsRemove({ ...user, item_ids: [itemId, itemId] }));
    assert.deepEqual(await listedItemIds(client, user), []);
  });
}

// The client of `like` when given, so that two Users can be of one client.
const ofNewApi = async (like = plaid) => ({ client: like, user: await newUser(like) });

describe('removal with a user_id', () => {
  removalBehaviour(ofNewApi);

  test('tells a removed Item’s token from one that was never issued', async () => {
    const user = await newUser();
    const { accessToken, itemId } = await createItem(plaid, user);
    await plaid.userItemsRemove({ ...user, item_ids: [itemId] });
    await assertFails(plaid.itemGet({ access_token: accessToken }), itemNotFound);
    await assertFails(plaid.itemGet({ access_token: neverIssuedToken }), invalidAccessToken);
    const altered = accessToken.slice(0, -1) + (accessToken.endsWith('0') ? '1' : '0');
    await assertFails(plaid.itemGet({ access_token: altered }), invalidAccessToken);
  });

  test('leaves the User, whose products end and who goes for good at last', async () => {
    const clientUserId = newClientUserId();
    const created = await plaid.userCreate({ client_user_id: clientUserId, identity });
    const user = { user_id: created.data.user_id };
    const [first, second] = await createItems(plaid, user, 2);
    await plaid.userItemsRemove({ ...user, item_ids: [first.itemId] });

    const kept = (await plaid.userGet(user)).data;
    assert.equal(kept.client_user_id, clientUserId);
    assert.deepEqual(kept.identity.name, identity.name);
    assertOnlyRequestId(
      await plaid.userProductsTerminate({ ...user, reason_code: 'USER_OFFBOARDING' }),
    );

    assertOnlyRequestId(await plaid.userRemove(user));
    await assertFails(plaid.userGet(user), userNotFound);
    await assertFails(plaid.userItemsGet(user), userNotFound);
    await assertFails(plaid.userItemsRemove({ ...user, item_ids: [second.itemId] }), userNotFound);
    await assertFails(plaid.userRemove(user), userNotFound);
    await assertFails(plaid.itemGet({ access_token: second.accessToken }), itemNotFound);

    const reborn = await plaid.userCreate({ client_user_id: clientUserId });
    assert.equal(reborn.status, 201);
    assert.notEqual(reborn.data.user_id, user.user_id);
    assert.deepEqual(await listedItemIds(plaid, { user_id: reborn.data.user_id }), []);
  });
});

describe('a client of the older generation', () => {
  let legacy;

  before(async () => {
    const made = await server.cli('client', 'create', '--legacy', '--name', 'older');
    legacy = clientFor(server.sandbox, made.client_id, made.secrets.sandbox);
  });

  const ofLegacyApi = async (like = legacy) => {
    const { data } = await like.userCreate({ client_user_id: newClientUserId() });
    return { client: like, user: { user_token: data.user_token } };
  };

  test('gets a user_token and an id without prefix', async () => {
    const created = await legacy.userCreate({ client_user_id: newClientUserId() });
    assert.equal(created.status, 200);
    assert.match(created.data.user_token, /^user-sandbox-[0-9a-f-]{36}$/);
    assert.match(created.data.user_id, /^[0-9A-Za-z]{20,40}$/);
  });

  test('can’t create a User twice', async () => {
    const clientUserId = newClientUserId();
    await legacy.userCreate({ client_user_id: clientUserId });
    await assert.rejects(legacy.userCreate({ client_user_id: clientUserId }), (error) => {
      assert.equal(error.response?.status, 400);
      return true;
    });
  });

  test('gets a User of the new API when it asks for one', async () => {
    const created = await legacy.userCreate({
      client_user_id: newClientUserId(),
      with_upgraded_user: true,
    });
    assert.match(created.data.user_id, /^usr_/);
    assert.ok(!('user_token' in created.data));
  });

  test('removes a User by its token', async () => {
    const { client, user } = await ofLegacyApi();
    const { accessToken } = await createItem(client, user);
    assertOnlyRequestId(await client.userRemove(user));
    await assertFails(client.itemGet({ access_token: accessToken }), itemNotFound);
    await assert.rejects(client.userItemsGet(user), (error) => {
      assert.equal(error.response?.status, 400);
      return true;
    });
  });

  test('sees no Item, User or token of another client', async () => {
    const { accessToken, itemId } = await createItem(plaid, await newUser());
    await assertFails(legacy.itemGet({ access_token: accessToken }), invalidAccessToken);
    const { user } = await ofLegacyApi();
    await assertFails(legacy.userItemsRemove({ ...user, item_ids: [itemId] }), itemNotFound);
    assert.equal((await plaid.itemGet({ access_token: accessToken })).data.item.item_id, itemId);
  });

  describe('removal with a user_token', () => removalBehaviour(ofLegacyApi));
});

describe('what Items need in order to exist', () => {
  test('a Link token is made and read back', async () => {
    const user = await newUser();
    const created = await plaid.linkTokenCreate({
      client_name: 'Tartan tests',
      language: 'en',
      country_codes: ['US'],
      products: ['auth', 'transactions'],
      webhook: 'https://example.com/hooks/link',
      enable_multi_item_link: true,
      ...user,
    });
    assert.match(created.data.link_token, /^link-sandbox-[0-9a-f-]{36}$/);
    assert.ok(Date.parse(created.data.expiration) > Date.now());

    const { data } = await plaid.linkTokenGet({ link_token: created.data.link_token });
    assert.equal(data.link_token, created.data.link_token);
    assert.deepEqual(data.metadata.initial_products, ['auth', 'transactions']);
    assert.deepEqual(data.metadata.country_codes, ['US']);
    assert.equal(data.metadata.client_name, 'Tartan tests');
    assert.equal(data.metadata.webhook, 'https://example.com/hooks/link');
  });

  test('institutions are listed, found by id and searched for', async () => {
    const country_codes = ['US'];
    const listed = (await plaid.institutionsGet({ count: 3, offset: 1, country_codes })).data;
    assert.equal(listed.institutions.length, 3);
    assert.ok(listed.total >= 4);
    const all = (await plaid.institutionsGet({ count: 500, offset: 0, country_codes })).data;
    assert.equal(all.institutions.length, listed.total);
    assert.deepEqual(all.institutions.slice(1, 4), listed.institutions);

    const byId = await plaid.institutionsGetById({ institution_id: institutionId, country_codes });
    assert.equal(byId.data.institution.name, 'First Platypus Bank');
    await assertFails(plaid.institutionsGetById({ institution_id: 'ins_0', country_codes }), {
      type: 'INVALID_INPUT',
      code: 'INVALID_INSTITUTION',
    });

    const found = await plaid.institutionsSearch({ query: 'gingham', country_codes });
    assert.deepEqual(
      found.data.institutions.map((institution) => institution.institution_id),
      ['ins_109509'],
    );
  });
});

describe('the two environments', () => {
  test('are separate: keys of one are refused by the other', async () => {
    const invalidKeys = { type: 'INVALID_INPUT', code: 'INVALID_API_KEYS' };
    const crossed = clientFor(server.production, server.clientId, server.secrets.sandbox);
    await assertFails(crossed.userCreate({ client_user_id: newClientUserId() }), invalidKeys);
    const crossedBack = clientFor(server.sandbox, server.clientId, server.secrets.production);
    await assertFails(crossedBack.userCreate({ client_user_id: newClientUserId() }), invalidKeys);
  });

  test('keep Users apart, and production makes no sandbox Items', async () => {
    const production = clientFor(server.production, server.clientId, server.secrets.production);
    const created = await production.userCreate({ client_user_id: newClientUserId() });
    assert.equal(created.status, 201);
    await assertFails(plaid.userGet({ user_id: created.data.user_id }), userNotFound);
    await assertFails(
      production.sandboxPublicTokenCreate({
        institution_id: institutionId,
        initial_products: ['auth'],
      }),
      { type: 'INVALID_REQUEST', code: 'SANDBOX_ONLY' },
    );
  });

  test('a demo User with three Items is there from the first start', async () => {
    assert.equal(server.demo.item_ids.length, 3);
    assert.deepEqual(
      await listedItemIds(plaid, { user_id: server.demo.user_id }),
      [...server.demo.item_ids].sort(),
    );
  });
});
