// Proves that the listeners behave on the wire: framing, limits, deadlines, pipelining, gzip.
// Requests are written byte by byte to a socket, and replies are read the same way.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { ItemsApi } from '../support/items_api.mjs';
import { RawConnection } from '../support/raw_connection.mjs';
import { startServer, until } from '../support/server.mjs';

const bodyBytesMax = 1024 * 1024;
const gzipAboveBytes = 8 * 1024;

let server;
let api;

before(async () => {
  server = await startServer();
  api = ItemsApi.sandboxOf(server);
});

after(() => server?.stop());

const open = (to = server) => RawConnection.open(to.sandbox);

async function newUser(label) {
  const { user_id } = await api.createUser(`http-${label}`);
  return { user_id };
}

// The lines of a request's head without the empty line that ends it.
function head(path, headers, method = 'POST') {
  const all = {
    Host: 'localhost',
    'Content-Type': 'application/json',
    'PLAID-CLIENT-ID': api.keys.clientId,
    'PLAID-SECRET': api.keys.secret,
    ...headers,
  };
  const lines = Object.entries(all)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${value}`);
  return [`${method} ${path} HTTP/1.1`, ...lines, ''].join('\r\n');
}

// A whole request with its body as JSON (or as it is, when it is text).
function whole(path, body, headers = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return `${head(path, { 'Content-Length': Buffer.byteLength(text), ...headers })}\r\n${text}`;
}

function chunked(text, chunkBytes) {
  const bytes = Buffer.from(text);
  let out = '';
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const chunk = bytes.subarray(at, at + chunkBytes);
    out += `${chunk.length.toString(16)}\r\n${chunk}\r\n`;
  }
  return `${out}0\r\n\r\n`;
}

// One request on a connection of its own.
async function exchange(bytes, to = server) {
  const connection = await open(to);
  connection.send(bytes);
  const reply = await connection.reply();
  connection.destroy();
  return reply;
}

function assertError(reply, status, code) {
  assert.equal(reply.status, status, reply.text);
  assert.equal(reply.body.error_type, 'INVALID_REQUEST');
  assert.equal(reply.body.error_code, code);
  assert.equal(typeof reply.body.request_id, 'string');
}

function assertCreated(reply) {
  assert.equal(reply.status, 201, reply.text);
  return reply.body.user_id;
}

// That all is well with a server that a test has just been rude to.
async function assertServes(to = server) {
  const question = { institution_id: 'ins_109508', country_codes: ['US'] };
  const reply = await exchange(whole('/institutions/get_by_id', question), to);
  assert.equal(reply.status, 200, reply.text);
}

// Further servers of this file know the same client, so that requests are good for all of them.
const sameKeys = () => ({
  TARTAN_CLIENT_ID: api.keys.clientId,
  TARTAN_SECRET_SANDBOX: api.keys.secret,
});

describe('a connection', () => {
  test('serves many requests, one after the other', async () => {
    const user = await newUser('keep-alive');
    const connection = await open();
    for (let i = 0; i < 100; i += 1) {
      connection.send(whole('/user/get', user));
      const reply = await connection.reply();
      assert.equal(reply.status, 200);
      assert.equal(reply.body.user_id, user.user_id);
    }
    assert.ok(connection.isOpen);
    connection.destroy();
  });

  test('goes on after an error', async () => {
    const user = await newUser('after-error');
    const connection = await open();
    connection.send(whole('/user/get', '{"broken'));
    assertError(await connection.reply(), 400, 'INVALID_BODY');
    connection.send(whole('/no/such/path', {}));
    assertError(await connection.reply(), 404, 'NOT_FOUND');
    connection.send(whole('/user/get', user));
    assert.equal((await connection.reply()).status, 200);
    connection.destroy();
  });

  test('is closed after the reply when the client asks for that', async () => {
    const connection = await open();
    connection.send(whole('/user/get', await newUser('close'), { Connection: 'close' }));
    const reply = await connection.reply();
    assert.equal(reply.status, 200);
    assert.equal(reply.headers.connection?.toLowerCase(), 'close');
    await connection.closed();
    connection.destroy();
  });

  test('of HTTP/1.0 is served and then closed', async () => {
    const connection = await open();
    const request = whole('/user/get', await newUser('http-1-0')).replace('HTTP/1.1', 'HTTP/1.0');
    connection.send(request);
    assert.equal((await connection.reply()).status, 200);
    await connection.closed();
    connection.destroy();
  });

  test('whose sending half is closed still gets its reply', async () => {
    const connection = await open();
    connection.send(whole('/user/create', { client_user_id: 'http-half-closed' }));
    connection.endSending();
    assertCreated(await connection.reply());
    await connection.closed();
    connection.destroy();
  });

  test('half-closed within its headers or body is dropped, and nothing is done', async () => {
    const request = whole('/user/create', { client_user_id: 'http-half-sent' });
    for (const share of [20, request.length - 5]) {
      const connection = await open();
      connection.send(request.slice(0, share));
      connection.endSending();
      await connection.closed();
      connection.destroy();
    }
    const created = await api.call('/user/create', { client_user_id: 'http-half-sent' });
    assert.equal(created.status, 201, 'the User did not exist before');
  });

  test('reset while its request is served leaves the server well', async () => {
    for (let i = 0; i < 50; i += 1) {
      const connection = await open();
      connection.send(whole('/user/create', { client_user_id: `http-reset-${i}` }));
      connection.destroy();
    }
    await assertServes();
  });
});

describe('the head of a request', () => {
  test('may have its header names in any case', async () => {
    const user = await newUser('header-case');
    for (const change of [(name) => name.toLowerCase(), (name) => name.toUpperCase()]) {
      const bytes = whole('/user/get', user).replace(/^[A-Za-z-]+(?=: )/gm, (name) => change(name));
      assert.equal((await exchange(bytes)).status, 200);
    }
    const asGoSendsThem = whole('/user/get', user)
      .replace('PLAID-CLIENT-ID', 'Plaid-Client-Id')
      .replace('PLAID-SECRET', 'Plaid-Secret');
    assert.equal((await exchange(asGoSendsThem)).status, 200);
  });

  test('may name any host', async () => {
    const user = await newUser('any-host');
    for (const Host of ['sandbox.plaid.com', 'evil.example:1', '[::1]:8081', 'x'.repeat(200)]) {
      assert.equal((await exchange(whole('/user/get', user, { Host }))).status, 200, Host);
    }
  });

  test('has its id in a header of the reply too', async () => {
    const reply = await exchange(whole('/user/get', await newUser('request-id')));
    const { request_id } = reply.body;
    assert.ok(Object.values(reply.headers).includes(request_id), JSON.stringify(reply.headers));
    assert.match(reply.headers['content-type'], /^application\/json/);
  });

  test('has its path matched undecoded: %2f is no slash', async () => {
    const user = await newUser('paths');
    for (const path of ['/user%2fget', '/user%2Fget', '/user/%67et', '//user/get', '/user//get']) {
      assertError(await exchange(whole(path, user)), 404, 'NOT_FOUND');
    }
  });

  test('with another method than POST finds nothing', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
      const bytes = `${head('/user/get', { 'Content-Length': 2 }, method)}\r\n{}`;
      assertError(await exchange(bytes), 404, 'NOT_FOUND');
    }
  });

  test('too large is refused with 431', async () => {
    const user = await newUser('large-head');
    for (const padding of [{ 'X-Pad': 'x'.repeat(100_000) }, manyHeaders(5000)]) {
      assertError(await exchange(whole('/user/get', user, padding)), 431, 'INVALID_HEADERS');
    }
    await assertServes();
  });

  test('of an ordinary large size is served', async () => {
    const user = await newUser('ordinary-head');
    const reply = await exchange(whole('/user/get', user, { Cookie: 'x'.repeat(4000) }));
    assert.equal(reply.status, 200);
  });

  test('that is no HTTP is refused, and the connection closed', async () => {
    for (const nonsense of [
      '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
      'hello there\r\n\r\n',
    ]) {
      const connection = await open();
      connection.send(Buffer.from(nonsense, 'latin1'));
      // A TLS client may send more before it looks: an end of line ends the nonsense for sure.
      connection.send('\r\n\r\n');
      assert.equal((await connection.reply()).status, 400);
      await connection.closed();
      connection.destroy();
    }
  });

  function manyHeaders(count) {
    return Object.fromEntries(Array.from({ length: count }, (_, i) => [`X-Pad-${i}`, 'x']));
  }
});

describe('the body of a request', () => {
  test('may come in chunks of any size', async () => {
    for (const chunkBytes of [1, 7, 4096]) {
      const text = JSON.stringify({ client_user_id: `http-chunked-${chunkBytes}` });
      const bytes = head('/user/create', { 'Transfer-Encoding': 'chunked' });
      assertCreated(await exchange(`${bytes}\r\n${chunked(text, chunkBytes)}`));
    }
  });

  test('in chunks may have extensions and trailers', async () => {
    const text = JSON.stringify({ client_user_id: 'http-chunk-extension' });
    const body = `${text.length.toString(16)};name=value\r\n${text}\r\n0\r\nX-Trailer: 1\r\n\r\n`;
    const bytes = head('/user/create', { 'Transfer-Encoding': 'chunked' });
    const connection = await open();
    connection.send(`${bytes}\r\n${body}${whole('/no/such/path', {})}`);
    assertCreated(await connection.reply());
    assert.equal((await connection.reply()).status, 404, 'the next request begins where it should');
    connection.destroy();
  });

  test('may come one byte at a time', async () => {
    const connection = await open();
    for (const byte of whole('/user/create', { client_user_id: 'http-bytewise' })) {
      connection.send(byte);
      await new Promise(setImmediate);
    }
    assertCreated(await connection.reply());
    connection.destroy();
  });

  test('with a broken chunk size is refused, and the connection closed', async () => {
    const connection = await open();
    const bytes = head('/user/create', { 'Transfer-Encoding': 'chunked' });
    connection.send(`${bytes}\r\nzz\r\n{}\r\n0\r\n\r\n`);
    assertError(await connection.reply(), 400, 'INVALID_BODY');
    await connection.closed();
    connection.destroy();
  });

  test('whose length is told in two ways is refused: no request can hide in another', async () => {
    const user = await newUser('two-lengths');
    const hidden = whole('/user/remove', user);
    const both = head('/user/get', { 'Content-Length': 4, 'Transfer-Encoding': 'chunked' });
    const twice = head('/user/get', { 'Content-Length': 4 }).replace(
      'Content-Length: 4',
      `Content-Length: 4\r\nContent-Length: ${hidden.length + 5}`,
    );
    for (const bytes of [`${both}\r\n0\r\n\r\n${hidden}`, `${twice}\r\n{}  ${hidden}`]) {
      const connection = await open();
      connection.send(bytes);
      assert.equal((await connection.reply()).status, 400);
      await connection.closed();
      assert.equal(connection.unreadBytes, 0, 'no second reply');
      connection.destroy();
    }
    await api.succeed('/user/get', user);
  });

  test('with a length that is no number is refused', async () => {
    for (const length of ['-1', '1e3', 'abc', '99999999999999999999999']) {
      const connection = await open();
      connection.send(`${head('/user/get', { 'Content-Length': length })}\r\n{}`);
      const { status } = await connection.reply();
      assert.ok(status === 400 || status === 413, `${length}: ${status}`);
      await connection.closed();
      connection.destroy();
    }
  });

  test('is taken up to the limit to the byte, and refused with 413 beyond', async () => {
    const user = await newUser('large-body');
    const text = JSON.stringify(user);
    const exactly = text + ' '.repeat(bodyBytesMax - text.length);
    assert.equal((await exchange(whole('/user/get', exactly))).status, 200);
    assertError(await exchange(whole('/user/get', `${exactly} `)), 413, 'INVALID_BODY');
  });

  test('too large is refused before it has come, and in chunks too', async () => {
    const connection = await open();
    connection.send(`${head('/user/get', { 'Content-Length': bodyBytesMax * 1000 })}\r\n`);
    assertError(await connection.reply(), 413, 'INVALID_BODY');
    await connection.closed();
    connection.destroy();

    const bytes = head('/user/get', { 'Transfer-Encoding': 'chunked' });
    const large = chunked(' '.repeat(bodyBytesMax + 10), 65_536);
    assertError(await exchange(`${bytes}\r\n${large}`), 413, 'INVALID_BODY');
    await assertServes();
  });

  test('is asked for with 100 Continue when the client waits for that', async () => {
    const text = JSON.stringify({ client_user_id: 'http-expect' });
    const headers = { 'Content-Length': text.length, Expect: '100-continue' };
    const connection = await open();
    connection.send(`${head('/user/create', headers)}\r\n`);
    assert.equal((await connection.reply()).status, 100);
    connection.send(text);
    assertCreated(await connection.reply());
    assert.ok(connection.isOpen);
    connection.destroy();
  });

  test('is not asked for when it is too large anyway', async () => {
    const headers = { 'Content-Length': bodyBytesMax + 1, Expect: '100-continue' };
    assertError(await exchange(`${head('/user/create', headers)}\r\n`), 413, 'INVALID_BODY');
  });
});

describe('pipelined requests', () => {
  test('in one segment are answered in their order', async () => {
    const users = [];
    for (let i = 0; i < 20; i += 1) users.push(await newUser(`pipelined-${i}`));
    const connection = await open();
    // Quick answers (errors) and slow ones (writes) between the reads: the order must hold.
    connection.send(
      users
        .map((user, i) => [
          whole('/user/get', user),
          whole(`/none/${i}`, {}),
          whole('/user/create', { client_user_id: `http-pipelined-new-${i}` }),
        ])
        .flat()
        .join(''),
    );
    for (const { user_id } of users) {
      const got = await connection.reply();
      assert.equal(got.body.user_id, user_id);
      assert.equal((await connection.reply()).status, 404);
      assertCreated(await connection.reply());
    }
    connection.destroy();
  });

  test('see what the one before them did', async () => {
    const user = await newUser('pipelined-removal');
    const [first, second] = [await api.createItem(user), await api.createItem(user)];
    const connection = await open();
    connection.send(
      whole('/user/items/remove', { ...user, item_ids: [first.item_id] }) +
        whole('/user/items/get', user) +
        whole('/item/get', { access_token: first.access_token }) +
        whole('/user/items/remove', { ...user, item_ids: [second.item_id] }) +
        whole('/user/items/get', user),
    );
    assert.equal((await connection.reply()).status, 200);
    const left = (await connection.reply()).body.items.map((item) => item.item_id);
    assert.deepEqual(left, [second.item_id]);
    assert.equal((await connection.reply()).body.error_code, 'ITEM_NOT_FOUND');
    assert.equal((await connection.reply()).status, 200);
    assert.deepEqual((await connection.reply()).body.items, []);
    connection.destroy();
  });

  test('by the thousand are answered, to a client that does not read for a while too', async () => {
    const user = await newUser('pipelined-many');
    await Promise.all(Array.from({ length: 20 }, () => api.createItem(user)));
    const count = 4000; // some 20 MB of replies: more than the kernel's buffers hold
    const connection = await open();
    connection.pauseReading();
    connection.send(whole('/user/items/get', user).repeat(count));
    await assertServes();
    connection.resumeReading();
    for (let i = 0; i < count; i += 1) {
      const reply = await connection.reply();
      assert.equal(reply.status, 200);
      assert.equal(reply.body.items.length, 20);
    }
    connection.destroy();
    await assertServes();
  });
});

describe('a reply', () => {
  let user;

  before(async () => {
    user = await newUser('gzip');
    await Promise.all(Array.from({ length: 40 }, () => api.createItem(user)));
  });

  test('over 8 KB is compressed when the client takes gzip', async () => {
    const plain = await exchange(whole('/user/items/get', user));
    assert.ok(plain.raw.length > gzipAboveBytes, `${plain.raw.length} bytes are too few to tell`);
    assert.equal(plain.headers['content-encoding'], undefined);
    assert.match(plain.headers.vary, /accept-encoding/i);

    for (const accepted of ['gzip', 'gzip, compress, deflate, br', 'br;q=1, GZIP;q=0.6']) {
      const headers = { 'Accept-Encoding': accepted };
      const packed = await exchange(whole('/user/items/get', user, headers));
      assert.equal(packed.headers['content-encoding'], 'gzip', accepted);
      assert.match(packed.headers.vary, /accept-encoding/i);
      assert.ok(packed.raw.length < plain.raw.length / 2);
      assert.deepEqual(JSON.parse(gunzipSync(packed.raw)).items, plain.body.items);
    }
  });

  test('is not compressed when small, or when the client does not take gzip', async () => {
    const small = await exchange(whole('/user/get', user, { 'Accept-Encoding': 'gzip' }));
    assert.equal(small.headers['content-encoding'], undefined);
    assert.equal(small.body.user_id, user.user_id);
    for (const accepted of ['identity', 'br', 'gzip;q=0', 'gzip;q=0.0, *', 'xgzip']) {
      const headers = { 'Accept-Encoding': accepted };
      const reply = await exchange(whole('/user/items/get', user, headers));
      assert.equal(reply.headers['content-encoding'], undefined, accepted);
      assert.equal(reply.body.items.length, 40);
    }
  });
});

describe('deadlines', () => {
  const deadlineMs = 300;
  // A server may look at deadlines now and then, not at each moment.
  const slackMs = 3000;
  let impatient;

  before(async () => {
    impatient = await startServer({
      args: [
        ...['--header-timeout-ms', String(deadlineMs), '--body-timeout-ms', String(deadlineMs)],
        ...['--idle-timeout-ms', String(deadlineMs)],
      ],
      env: sameKeys(),
    });
  });

  after(() => impatient?.stop());

  // Sends `rest` slowly, a byte at a time, for as long as the server listens: each byte comes well
  // within the deadline, the whole never does. Gives the time it took the server to end that.
  async function dripUntilClosed(start, rest) {
    const connection = await open(impatient);
    const startedAt = performance.now();
    connection.send(start);
    const drip = (async () => {
      for (const byte of rest) {
        await delay(deadlineMs / 10);
        if (!connection.isOpen) return;
        connection.send(byte);
      }
      throw new Error('the server waited to the end');
    })();
    await Promise.all([connection.closed(deadlineMs + slackMs), drip]);
    connection.destroy();
    return performance.now() - startedAt;
  }

  test('end headers that come too slowly', async () => {
    const tookMs = await dripUntilClosed('POST /user/get HTTP/1.1\r\nX-Slow: ', 'x'.repeat(1000));
    assert.ok(tookMs >= deadlineMs * 0.9, `after ${tookMs} ms`);
    await assertServes(impatient);
  });

  test('end a body that comes too slowly', async () => {
    const start = `${head('/user/get', { 'Content-Length': 1000 })}\r\n`;
    const tookMs = await dripUntilClosed(start, ' '.repeat(1000));
    assert.ok(tookMs >= deadlineMs * 0.9, `after ${tookMs} ms`);
    await assertServes(impatient);
  });

  test('end a chunked body that comes too slowly', async () => {
    const start = `${head('/user/get', { 'Transfer-Encoding': 'chunked' })}\r\n3e8\r\n`;
    await dripUntilClosed(start, ' '.repeat(1000));
    await assertServes(impatient);
  });

  test('close a connection that is idle after a request, without a word', async () => {
    const connection = await open(impatient);
    connection.send(whole('/no/such/path', {}));
    assert.equal((await connection.reply()).status, 404);
    await connection.closed(deadlineMs + slackMs);
    assert.equal(connection.unreadBytes, 0);
    connection.destroy();
  });

  test('let a request through that comes in time, however busy the connection', async () => {
    const connection = await open(impatient);
    const busyUntil = performance.now() + deadlineMs * 4;
    while (performance.now() < busyUntil) {
      connection.send(whole('/no/such/path', {}));
      assert.equal((await connection.reply()).status, 404);
    }
    connection.destroy();
  });
});

describe('idle connections', () => {
  const wanted = 10_000;
  const sparedFiles = 400;

  // The connections that this process and the server may each have: their limit of open files.
  function affordable() {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    const [, soft] = /Max open files\s+(\S+)/.exec(limits);
    return soft === 'unlimited' ? wanted : Math.min(wanted, Number(soft) - sparedFiles);
  }

  test('by the thousand do not keep others from being served', async (t) => {
    const count = affordable();
    t.diagnostic(
      count === wanted
        ? `${count} idle connections`
        : `${count} idle connections: the limit of open files permits no more (wanted ${wanted})`,
    );
    assert.ok(count > 0, 'the limit of open files permits none');
    const calm = await startServer({
      args: ['--idle-timeout-ms', '300000', '--header-timeout-ms', '300000'],
      env: sameKeys(),
    });
    const openFiles = () => readdirSync(`/proc/${calm.pid}/fd`).length;
    const openFilesBefore = openFiles();
    const idle = [];
    const openOne = async () => idle.push(await open(calm));
    while (idle.length < count) {
      const batch = Math.min(250, count - idle.length);
      await Promise.all(Array.from({ length: batch }, openOne));
    }

    const startedAt = performance.now();
    for (let i = 0; i < 50; i += 1) {
      const create = whole('/user/create', { client_user_id: `http-idle-${i}` });
      assertCreated(await exchange(create, calm));
      await assertServes(calm);
    }
    t.diagnostic(`100 requests meanwhile: ${Math.round(performance.now() - startedAt)} ms`);

    assert.ok(
      idle.every((connection) => connection.isOpen),
      'all stay open',
    );
    // And they are connections still, each of them.
    const spread = idle.filter((_, i) => i % Math.ceil(count / 100) === 0);
    await Promise.all(
      spread.map(async (connection) => {
        connection.send(whole('/no/such/path', {}));
        assert.equal((await connection.reply()).status, 404);
      }),
    );
    idle.forEach((connection) => connection.destroy());
    await until('their places are free again', () => openFiles() < openFilesBefore + 20);
    await assertServes(calm);
    assert.equal(await calm.stop(), 0);
  });
});
