// The request journal of the items listeners: the last thousand requests of each environment, with
// headers and bodies, and nothing in it that is a secret, a token or a personal detail.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { post, request, startServer, temporaryDirectory } from '../support/server.mjs';
import { ItemsApi } from '../support/items_api.mjs';
import { Workbench } from '../support/workbench.mjs';

const journal = '/api/environments/sandbox/journal';

describe('the request journal', () => {
  let server;
  let workbench;
  let api;
  before(async () => {
    server = await startServer();
    workbench = new Workbench(server);
    api = ItemsApi.sandboxOf(server);
  });
  after(() => server?.stop());

  const newest = async () => (await workbench.get(`${journal}?size=1`)).content[0];
  const open = async (entry) => workbench.call('GET', `${journal}/${entry.id}`);

  test('an answered request is there at once, and opens whole', async () => {
    const reply = await api.call('/user/create', { client_user_id: 'somebody' });
    const row = await newest();
    assert.deepEqual(
      [row.method, row.path, row.operation, row.clientId, row.status, row.errorCode],
      ['POST', '/user/create', 'user_create', server.clientId, 201, null],
    );
    assert.equal(row.requestId, reply.body.request_id);
    assert.equal(row.responseBytes, Buffer.byteLength(reply.text));
    assert.ok(row.durationMs > 0 && Math.abs(Date.parse(row.at) - Date.now()) < 60_000);
    const { body: entry } = await open(row);
    assert.deepEqual(entry.entry, row);
    assert.equal(entry.responseBody.text, reply.text);
    assert.equal(entry.requestBody.text, '{"client_user_id":"somebody"}');
    const names = entry.requestHeaders.map(({ name }) => name.toLowerCase());
    assert.ok(names.includes('plaid-secret') && names.includes('content-type'));
    assert.ok(entry.responseHeaders.some(({ name }) => name === 'Plaid-Version'));
    await api.call('/item/get', { access_token: 'wrong' });
    assert.equal((await newest()).errorCode, 'INVALID_ACCESS_TOKEN');
  });

  test('no secret, token or personal detail is in it, however it was sent', async () => {
    const { clientId } = server;
    const secret = server.secrets.sandbox;
    const { user_id } = await api.createUser('shown-only-here', {
      identity: { emails: [{ data: 'grace@example.com', primary: true }] },
    });
    const item = await api.createItem({ user_id });
    const wrong = 'NoSuchSecretNoSuchSecret123456';
    const token = item.access_token;
    const send = (body, options = {}) => post(server.sandbox, '/item/get', body, options);
    await send({ client_id: clientId, secret, access_token: token });
    await send({ client_id: clientId, secret: wrong, access_token: token });
    await send({ client_id: secret, secret: clientId, access_token: token });
    await send({ client_id: clientId, secrett: secret, access_token: token });
    await send({ client_id: clientId, sekret: secret, acess_token: token });
    await send(`{"client_id":"${clientId}","secret":"${secret}","access_token":"${token}",}`);
    await send(`{"secr\\u0065t":"${secret}","access_token":"${token}"`);
    await send(`client_id=${clientId}&secret=${secret}&access_token=${token}`, {
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    });
    await send({ access_token: token }, { clientId: secret, secret: clientId });
    await send({ access_token: token }, { headers: { Authorization: `Bearer ${secret}` } });
    await send({ access_token: token }, { headers: { Cookie: `s=${secret}`, 'X-Note': token } });
    await request('GET', server.sandbox, `/item/get?secret=${secret}&access_token=${token}`);
    await request('GET', server.sandbox, `/${secret}/${token}`);
    await send(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(`{"secret":"${secret}"}`)]));
    await send({ client_id: clientId, secret, filler: 'x'.repeat(40_000), access_token: token });
    await api.call('/item/access_token/invalidate', { access_token: token });

    const { content } = await workbench.get(`${journal}?size=1000`);
    let masks = 0;
    for (const row of [...content]) {
      const { text, body } = await open(row);
      const everything = JSON.stringify(row) + text;
      const tokens = [token, item.public_token].map((one) => one.slice(-12));
      for (const hidden of [secret, wrong, ...tokens, 'grace@', secret.slice(0, 16)]) {
        assert.ok(!everything.includes(hidden), `${hidden} in ${everything.slice(0, 3000)}`);
      }
      masks += text.split('••••').length - 1;
      assert.ok(Buffer.byteLength(body.requestBody.text) <= 16 * 1024);
    }
    assert.ok(masks > 30, `${masks} masks`);
    const cut = content.find(({ requestBytes }) => requestBytes > 40_000);
    const { body } = await open(cut);
    assert.deepEqual([body.requestBody.cut, body.requestBody.bytes], [true, cut.requestBytes]);
    const exchange = content.find(({ path }) => path === '/item/public_token/exchange');
    const { body: exchanged } = await open(exchange);
    assert.equal(JSON.parse(exchanged.responseBody.text).access_token, 'access-sandbox-••••');
  });

  test('a request is found by an id in its body, by its error and by the name of its client', async () => {
    const { user_id } = await api.createUser('found-by-its-body');
    await api.call('/user/items/remove', { user_id, item_ids: ['not-mine'] });
    const found = async (q) => {
      const { content } = await workbench.get(`${journal}?size=1000&q=${encodeURIComponent(q)}`);
      return content.map(({ path, status }) => `${path} ${status}`);
    };
    assert.deepEqual(await found(user_id), ['/user/items/remove 400', '/user/create 201']);
    assert.deepEqual(await found('not-mine'), ['/user/items/remove 400']);
    assert.ok((await found('item_not_found')).includes('/user/items/remove 400'));
    assert.ok((await found('first CLIENT')).length > 1);
    assert.deepEqual(await found('nothing like this'), []);
    const { last } = await workbench.get(`${journal}?size=1&q=nothing`);
    assert.ok(last > 0, 'whoever follows knows where to go on');
    const gone = await workbench.fail(404, 'GET', `${journal}/3`);
    assert.match(gone.message, /no such request since the server started/);
  });

  test('it is followed by `since`, read in pages, and separate for each environment', async () => {
    const { last } = await workbench.get(`${journal}?size=1`);
    assert.deepEqual((await workbench.get(`${journal}?since=${last}`)).content, []);
    for (let i = 0; i < 7; i += 1) await api.call('/item/get', { access_token: `t${i}` });
    const rows = await workbench.all(`${journal}?since=${last}`, 3);
    assert.equal(rows.length, 7);
    assert.deepEqual(
      rows.map(({ id }) => id),
      rows.map(({ id }) => id).sort((a, b) => b - a),
    );
    const other = '/api/environments/production/journal';
    assert.deepEqual(await workbench.get(other), {
      ...{ content: [], next: null, last: 0, enabled: true, capacity: 1000 },
    });
    await workbench.fail(404, 'GET', `${other}/${rows[0].id}`);
    for (const id of ['0', '-1', 'x', '1', '9'.repeat(25), `${rows[0].id + 1000}`]) {
      await workbench.fail(404, 'GET', `${journal}/${id}`);
    }
    await workbench.fail(400, 'GET', `${journal}?since=-1`);
    await workbench.fail(400, 'GET', `${journal}?since=x`);
    await workbench.fail(400, 'GET', `${journal}?next=x`);
    await workbench.fail(404, 'GET', '/api/environments/x/journal');
  });

  test('the last thousand stay, whoever sends and reads meanwhile', async () => {
    const first = await newest();
    let { last } = await workbench.get(`${journal}?size=1`);
    const seen = new Set();
    const burst = Array.from({ length: 16 }, async () => {
      for (let i = 0; i < 75; i += 1) await api.call('/item/get', { access_token: 'x' });
    });
    let sending = true;
    const sent = Promise.all(burst).then(() => (sending = false));
    while (sending || seen.size < 1200) {
      const page = await workbench.get(`${journal}?since=${last}&size=1000`);
      for (const { id } of page.content) {
        assert.ok(!seen.has(id));
        seen.add(id);
      }
      last = page.content[0]?.id ?? last;
    }
    await sent;
    assert.equal(seen.size, 1200);
    const { content, next } = await workbench.get(`${journal}?size=1000`);
    assert.deepEqual([content.length, next], [1000, null]);
    assert.equal(content[0].id - content[999].id, 999);
    await workbench.fail(404, 'GET', `${journal}/${first.id}`);
  });
});

test('requests that never became one are in the journal; off, nothing is', async () => {
  const dataDir = temporaryDirectory('journal');
  const on = await startServer({ dataDir, args: ['--body-bytes-max', '1000'] });
  let content;
  try {
    await post(on.sandbox, '/item/get', 'x'.repeat(2000));
    ({ content } = await new Workbench(on).get(journal));
    assert.deepEqual(
      content.map(({ status, path }) => [status, path]),
      [[413, '']],
    );
  } finally {
    await on.stop();
  }

  const off = await startServer({ dataDir, args: ['--items-journal', 'false'] });
  try {
    await post(off.sandbox, '/item/get', {});
    const page = await new Workbench(off).get(journal);
    assert.deepEqual(page, {
      ...{ content: [], next: null, last: 0, enabled: false, capacity: 1000 },
    });
  } finally {
    await off.stop();
  }
  const again = await startServer({ dataDir });
  try {
    await post(again.sandbox, '/item/get', {});
    const { last } = await new Workbench(again).get(journal);
    assert.ok(last > content[0].id, 'ids grow over a restart');
  } finally {
    await again.stop();
  }
});
