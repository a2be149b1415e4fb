// Proves that nothing personal, financial or secret can be read where it must not stand: in the log
// at its most talkative, and in the files of the data directory, before and after a removal.
//
// Recognisable values are planted through the API. Then every byte of the log and of every file is
// searched for each of them, as text, in hex, base64, UTF-16, as integers and doubles.

import assert from 'node:assert/strict';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ItemsApi, assertPlaidError, itemNotFound } from '../support/items_api.mjs';
import { get, startServer, temporaryDirectory, until } from '../support/server.mjs';
import { Traces } from '../support/traces.mjs';

// Values that occur nowhere by chance.
const identity = {
  name: { given_name: 'Quillonia', family_name: 'Vexthorpe-Ångström' },
  date_of_birth: '1971-03-29',
  emails: [{ data: 'quillonia.vexthorpe@planted.example', primary: true }],
  phone_numbers: [{ data: '+14155550187', primary: true }],
  addresses: [
    {
      street_1: '7714 Plantedwood Crescent',
      city: 'Zanderville',
      region: 'NV',
      country: 'US',
      postal_code: '89523',
      primary: true,
    },
  ],
  id_numbers: [{ value: '900457713', type: 'us_ssn' }],
};
const legacyIdentity = {
  first_name: 'Bartholomy',
  last_name: 'Quenchworth',
  phone_numbers: ['+14155550193'],
  emails: ['b.quenchworth@planted.example'],
  ssn_full: '900-51-8842',
  ssn_last_4: '8842',
  date_of_birth: '1969-11-02',
  primary_address: {
    street: '5502 Hollowmarsh Lane',
    city: 'Wexbridge',
    region: 'NV',
    postal_code: '89511',
    country: 'US',
  },
};
const account = {
  name: 'PLANTEDNAME Everyday',
  official_name: 'PLANTEDOFFICIAL Platinum Current',
  number: '9876501234567',
  routing: '322271627',
  wireRouting: '121042882',
  balance: 481516.23,
  owner: 'Plantagena Ownerby',
  ownerEmail: 'plantagena@owner.example',
  ownerPhone: '14155550171',
  ownerStreet: '31 Ownerfield Mews',
};
const overrideUsername = 'user_custom';
const overridePassword = JSON.stringify({
  override_accounts: [
    {
      type: 'depository',
      subtype: 'checking',
      starting_balance: account.balance,
      meta: { name: account.name, official_name: account.official_name },
      numbers: {
        account: account.number,
        ach_routing: account.routing,
        ach_wire_routing: account.wireRouting,
      },
      identity: {
        names: [account.owner],
        emails: [{ primary: true, type: 'primary', data: account.ownerEmail }],
        phone_numbers: [{ primary: true, type: 'home', data: account.ownerPhone }],
        addresses: [
          {
            primary: true,
            data: {
              street: account.ownerStreet,
              city: 'Malakoff',
              region: 'NY',
              postal_code: '14236',
              country: 'US',
            },
          },
        ],
      },
    },
  ],
});

// Never readable, whether the User lives or not.
const identityTraces = {
  'given name': identity.name.given_name,
  'family name': identity.name.family_name,
  email: identity.emails[0].data,
  'phone number': identity.phone_numbers[0].data.slice(1),
  street: identity.addresses[0].street_1,
  city: identity.addresses[0].city,
  'id number': identity.id_numbers[0].value,
  'legacy first name': legacyIdentity.first_name,
  'legacy last name': legacyIdentity.last_name,
  'legacy email': legacyIdentity.emails[0],
  'legacy phone number': legacyIdentity.phone_numbers[0].slice(1),
  'legacy ssn': [legacyIdentity.ssn_full, legacyIdentity.ssn_full.replaceAll('-', '')],
  'legacy street': legacyIdentity.primary_address.street,
};
// Gone with the Item.
const accountTraces = {
  'account name': account.name,
  'official account name': account.official_name,
  'account number': account.number,
  'routing number': account.routing,
  'wire routing number': account.wireRouting,
  balance: account.balance,
  'owner name': account.owner,
  'owner email': account.ownerEmail,
  'owner phone': account.ownerPhone,
  'owner street': account.ownerStreet,
};

const withUserCustom = {
  products: ['auth', 'identity', 'transactions'],
  options: { override_username: overrideUsername, override_password: overridePassword },
};

async function createLegacyClient(server) {
  const made = await server.cli('client', 'create', '--legacy', '--name', 'older');
  return {
    api: new ItemsApi(server.sandbox, made.client_id, made.secrets.sandbox),
    secrets: Object.values(made.secrets),
  };
}

// One User of each generation with identities, three Items with planted accounts on the first, and
// one on the second. Gives what was made and the secrets that were told.
async function plant(server) {
  const api = ItemsApi.sandboxOf(server);
  const user = { user_id: (await api.createUser('planted-new', { identity })).user_id };
  const items = [];
  for (let i = 0; i < 3; i += 1) items.push(await api.createItem(user, withUserCustom));
  for (const item of items) {
    const { accounts } = await api.succeed('/accounts/get', { access_token: item.access_token });
    assert.equal(accounts[0].name, account.name, 'the planted account is there');
    assert.equal(accounts[0].balances.current, account.balance);
    item.account_ids = accounts.map(({ account_id }) => account_id);
  }

  const legacy = await createLegacyClient(server);
  const legacyUser = await legacy.api.createUser('planted-old', {
    consumer_report_user_identity: legacyIdentity,
  });
  const legacyItem = await legacy.api.createItem(
    { user_token: legacyUser.user_token },
    withUserCustom,
  );
  return {
    api,
    user,
    items,
    legacyApi: legacy.api,
    legacyUserToken: legacyUser.user_token,
    legacyItem,
    secretTraces: {
      'client secret': [...Object.values(server.secrets), ...legacy.secrets],
      'personal access token': server.pat,
      'user token': legacyUser.user_token,
    },
    tokenTraces: {
      'access token': [...items, legacyItem].map(({ access_token }) => access_token),
      'public token': [...items, legacyItem].map(({ public_token }) => public_token),
    },
  };
}

describe('the search itself', () => {
  test('finds a value in every form it looks for', () => {
    const token = 'access-sandbox-8ab976e6-64bc-4b38-98f7-731e7a349970';
    const traces = new Traces({ token, number: account.number, amount: account.balance });
    const uuid = token.slice('access-sandbox-'.length);
    const uuidBytes = Buffer.from(uuid.replaceAll('-', ''), 'hex');
    const integer = Buffer.alloc(8);
    integer.writeBigUInt64BE(BigInt(account.number));
    const double = Buffer.alloc(8);
    double.writeDoubleBE(account.balance);
    const written = {
      'token, as it is': Buffer.from(token),
      'token, the uuid alone': Buffer.from(uuid),
      'token, the uuid as bytes': uuidBytes,
      'token, in hex': Buffer.from(Buffer.from(token).toString('hex')),
      'token, in UTF-16': Buffer.from(token, 'utf16le'),
      'number, as an integer': integer.subarray(2),
      'amount, as a double': double,
    };
    const around = (bytes) => Buffer.concat([Buffer.from('…before'), bytes, Buffer.from('after')]);
    for (const [what, bytes] of Object.entries(written)) {
      assert.ok(traces.foundIn(around(bytes)).includes(what), what);
    }
    for (const before of ['', 'x', 'xy', 'xyz']) {
      const text = Buffer.from(`${before}${token}tail`).toString('base64');
      assert.ok(traces.foundIn(Buffer.from(text)).includes('token, in base64'), before);
    }
    assert.deepEqual(traces.foundIn(around(Buffer.from('nothing of the kind'))), []);
  });

  test('finds a value in a file below a directory, and in a file’s name', () => {
    const directory = temporaryDirectory('search');
    writeFileSync(path.join(directory, 'a.bin'), `xx${account.owner}xx`);
    writeFileSync(path.join(directory, `${account.number}.log`), 'nothing');
    const found = new Traces(accountTraces).foundBelow(directory);
    assert.ok(found.includes('a.bin: owner name, as it is'));
    assert.ok(found.some((what) => what.endsWith('account number, as it is')));
  });
});

describe('the log at level debug', () => {
  let server;
  let planted;
  const requestIds = [];

  before(async () => {
    // The first start tells the secrets on purpose, once: what is searched is the second one's log.
    const first = await startServer();
    assert.equal(await first.stop(), 0);
    server = await startServer({ dataDir: first.dataDir, args: ['--log-level', 'debug'] });
    planted = await plant(server);
    await everyKindOfCall();
  });

  after(() => server?.stop());

  // What a day brings: successes, refusals that quote the caller, wrong keys, broken bodies.
  async function everyKindOfCall() {
    const { api, user, items, legacyApi, legacyUserToken } = planted;
    const [first, second, third] = items;
    const call = async (caller, requestPath, body, options) => {
      const reply = await caller.call(requestPath, body, options);
      requestIds.push(reply.body.request_id);
      return reply;
    };
    await call(api, '/user/get', user);
    await call(api, '/user/update', { ...user, identity });
    await call(api, '/user/items/get', user);
    await call(api, '/item/get', { access_token: first.access_token });
    await call(api, '/item/webhook/update', {
      access_token: first.access_token,
      webhook: 'https://example.com/hook',
    });
    const rotated = await call(api, '/item/access_token/invalidate', {
      access_token: third.access_token,
    });
    planted.tokenTraces['rotated token'] = rotated.body.new_access_token;
    const link = await call(api, '/link/token/create', {
      client_name: 'planted',
      language: 'en',
      country_codes: ['US'],
      products: ['auth'],
      ...user,
    });
    planted.tokenTraces['link token'] = link.body.link_token;
    await call(api, '/link/token/get', { link_token: link.body.link_token });

    // Mistakes that put secrets and names where the server quotes what it got.
    const secretInside = { secret: server.secrets.production };
    await call(api, '/user/get', { user_id: legacyUserToken });
    await call(api, '/user/get', { [identity.emails[0].data]: 1, ...user });
    await call(api, '/item/get', { access_token: server.secrets.sandbox });
    await call(api, '/item/get', { access_token: `${first.access_token}0` });
    await call(api, '/user/items/remove', { ...user, item_ids: [account.number] });
    await call(api, '/user/items/remove', { ...user, item_ids: [second.access_token] });
    await call(api, '/user/create', { client_user_id: 'x', identity: { name: account.owner } });
    await call(api, '/user/create', `{"client_user_id":"${account.owner}`);
    await call(api, `/${account.number}/${first.access_token}`, {});
    await call(api, `/user/get?secret=${server.secrets.sandbox}`, user);
    await call(api, '/user/get', user, { secret: server.secrets.production });
    await call(api, '/user/get', user, { clientId: server.secrets.sandbox });
    await call(api, '/user/get', { ...user, ...secretInside }, { secret: undefined });
    await call(legacyApi, '/item/get', { access_token: first.access_token });

    await call(api, '/user/items/remove', { ...user, item_ids: [first.item_id, second.item_id] });
    await call(api, '/item/remove', { access_token: rotated.body.new_access_token });
    await call(api, '/item/get', { access_token: first.access_token });
    await call(legacyApi, '/user/remove', { user_token: legacyUserToken });
    await call(api, '/user/remove', user);
    await get(server.workbench, '/metrics', {
      headers: { Authorization: `Bearer ${server.pat}` },
    });
  }

  test('has a line for every request', async () => {
    assert.ok(requestIds.length > 25 && requestIds.every((id) => typeof id === 'string'));
    await until('a log line for every request_id', () => {
      const log = server.log();
      return requestIds.every((id) => log.includes(id));
    });
  });

  test('has no secret, no token, no name, no account number', async () => {
    const { secretTraces, tokenTraces, items } = planted;
    const traces = new Traces({
      ...identityTraces,
      ...accountTraces,
      ...secretTraces,
      ...tokenTraces,
      'account id': items.flatMap(({ account_ids }) => account_ids),
    });
    assert.equal(await server.stop(), 0);
    assert.deepEqual(traces.foundIn(Buffer.from(server.log())), []);
  });
});

describe('the first start', () => {
  // It prints the secrets once, to be copied, and they are then in no file and no later log.
  test('tells secrets that a restart never repeats', async () => {
    const first = await startServer();
    const traces = new Traces({
      'client secret': Object.values(first.secrets),
      'personal access token': first.pat,
    });
    assert.equal(await first.stop(), 0);
    const again = await startServer({ dataDir: first.dataDir, args: ['--log-level', 'debug'] });
    assert.equal(again.ready.secrets, undefined);
    assert.equal(again.ready.personal_access_token, undefined);
    await ItemsApi.sandboxOf(again).succeed('/user/items/get', { user_id: first.demo.user_id });
    assert.equal(await again.stop(), 0);
    assert.deepEqual(traces.foundIn(Buffer.from(again.log())), []);
    assert.deepEqual(traces.foundBelow(first.dataDir), []);
  });
});

describe('the files of the data directory', () => {
  let server;
  let planted;
  let always;

  before(async () => {
    server = await startServer();
    planted = await plant(server);
    always = new Traces({
      ...identityTraces,
      ...planted.secretTraces,
      ...planted.tokenTraces,
    });
  });

  after(() => server?.stop());

  const ofItems = (items) =>
    new Traces({
      ...accountTraces,
      'access token': items.map(({ access_token }) => access_token),
      'public token': items.map(({ public_token }) => public_token),
      'account id': items.flatMap(({ account_ids }) => account_ids),
    });

  const walFiles = () =>
    readdirSync(server.dataDir, { recursive: true })
      .filter((name) => name.endsWith('-wal'))
      .map((name) => ({ name, bytes: statSync(path.join(server.dataDir, name)).size }));

  test('never show a token, a secret or a User’s identity', () => {
    const files = readdirSync(server.dataDir, { recursive: true });
    assert.ok(files.length >= 2, `databases and a key file, not ${files}`);
    assert.deepEqual(always.foundBelow(server.dataDir), []);
  });

  test('keep the key for their owner alone', () => {
    const secretFiles = readdirSync(server.dataDir, { recursive: true }).filter((name) =>
      /key|server\.json$/.test(name),
    );
    assert.ok(secretFiles.length >= 2, `a key file and server.json, not ${secretFiles}`);
    const readableByOthers = secretFiles.filter(
      (name) => (statSync(path.join(server.dataDir, name)).mode & 0o077) !== 0,
    );
    assert.deepEqual(readableByOthers, []);
  });

  test('show nothing of removed Items the moment the removal is answered', async () => {
    const { api, user, items } = planted;
    const removed = items.slice(0, 2);
    await api.succeed('/user/items/remove', {
      ...user,
      item_ids: removed.map(({ item_id }) => item_id),
    });
    assert.deepEqual(ofItems(removed).foundBelow(server.dataDir), []);
    assert.deepEqual(always.foundBelow(server.dataDir), []);
    assertPlaidError(
      await api.call('/item/get', { access_token: removed[0].access_token }),
      itemNotFound,
    );
  });

  test('have their logs of changes truncated within 60 s, and still show nothing', async () => {
    await until('every WAL file is empty', () => walFiles().every(({ bytes }) => bytes === 0), {
      timeoutMs: 60_000,
      everyMs: 50,
    });
    assert.deepEqual(ofItems(planted.items.slice(0, 2)).foundBelow(server.dataDir), []);
    assert.deepEqual(always.foundBelow(server.dataDir), []);
  });

  test('show nothing after /item/remove and /user/remove either', async () => {
    const { api, user, items, legacyApi, legacyUserToken, legacyItem } = planted;
    await api.succeed('/item/remove', { access_token: items[2].access_token });
    await legacyApi.succeed('/user/remove', { user_token: legacyUserToken });
    await api.succeed('/user/remove', user);
    const all = new Traces({
      ...accountTraces,
      'access token': [...items, legacyItem].map(({ access_token }) => access_token),
      'account id': items.flatMap(({ account_ids }) => account_ids),
    });
    assert.deepEqual(all.foundBelow(server.dataDir), []);
    assert.deepEqual(always.foundBelow(server.dataDir), []);
    assertPlaidError(
      await legacyApi.call('/item/get', { access_token: legacyItem.access_token }),
      itemNotFound,
    );
  });

  test('show nothing in a backup', async () => {
    const backup = path.join(temporaryDirectory('backup'), 'tartan.backup');
    const api = ItemsApi.sandboxOf(server);
    const user = { user_id: (await api.createUser('backed-up', { identity })).user_id };
    const item = await api.createItem(user, withUserCustom);
    await server.cli('backup', backup);
    assert.ok(statSync(backup).size > 0);
    const traces = new Traces({
      ...identityTraces,
      ...planted.secretTraces,
      'access token': item.access_token,
      'public token': item.public_token,
    });
    assert.deepEqual(traces.foundBelow(path.dirname(backup)), []);
  });
});
