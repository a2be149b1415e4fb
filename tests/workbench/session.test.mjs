// Browsers' sessions at the port: the cookie, the page's token on every change, foreign Hosts and
// Origins refused, links that work once, sessions that end with their token.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import http from 'node:http';
import { startServer, temporaryDirectory } from '../support/server.mjs';

// With a Host of its own, which fetch does not allow.
function call(base, method, path, { headers = {}, body } = {}) {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const request = http.request({ hostname, port, method, path, headers }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode, headers: response.headers, text });
      });
    });
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const asJson = { 'Content-Type': 'application/json' };

describe('sessions', () => {
  let server;
  before(async () => (server = await startServer()));
  after(() => server?.stop());

  const signIn = async (token) => {
    const reply = await call(server.workbench, 'POST', '/api/session', {
      headers: asJson,
      body: { token },
    });
    const cookie = reply.headers['set-cookie']?.[0].split(';')[0];
    return { ...reply, cookie, session: JSON.parse(reply.text) };
  };
  const bearer = { Authorization: undefined };
  before(() => (bearer.Authorization = `Bearer ${server.pat}`));

  test('a token signs in; the cookie reads, and changes only with the token of the page', async () => {
    const { status, cookie, session, headers } = await signIn(server.pat);
    assert.equal(status, 201);
    assert.match(headers['set-cookie'][0], /HttpOnly; SameSite=Strict/);
    const read = await call(server.workbench, 'GET', '/api/about', { headers: { cookie } });
    assert.equal(read.status, 200);
    const change = (more) =>
      call(server.workbench, 'POST', '/api/tokens', {
        headers: { ...asJson, cookie, ...more },
        body: { name: 'made in a browser' },
      });
    assert.equal((await change({})).status, 403);
    assert.equal((await change({ 'X-CSRF-Token': 'guess' })).status, 403);
    assert.equal((await change({ 'X-CSRF-Token': session.csrfToken })).status, 200);
    const foreign = { 'X-CSRF-Token': session.csrfToken, Origin: 'http://evil.example' };
    assert.equal((await change(foreign)).status, 403);
    const own = { 'X-CSRF-Token': session.csrfToken, Origin: server.workbench };
    assert.equal((await change(own)).status, 200);
  });

  test('nobody is signed in with a wrong token, no cookie or a cookie of nothing', async () => {
    assert.equal((await signIn('tartan-pat-nothing')).status, 401);
    const none = await call(server.workbench, 'GET', '/api/session');
    assert.deepEqual(JSON.parse(none.text), { signedIn: false });
    const { port } = new URL(server.workbench);
    const cookie = `tartan_${port}=${'a'.repeat(43)}`;
    const wrong = await call(server.workbench, 'GET', '/api/about', { headers: { cookie } });
    assert.equal(wrong.status, 401);
  });

  test('signing out ends the session, and so does revoking its token', async () => {
    const out = await signIn(server.pat);
    const headers = { cookie: out.cookie, 'X-CSRF-Token': out.session.csrfToken };
    assert.equal((await call(server.workbench, 'DELETE', '/api/session', { headers })).status, 204);
    assert.equal((await call(server.workbench, 'GET', '/api/about', { headers })).status, 401);

    const made = await call(server.workbench, 'POST', '/api/tokens', {
      headers: { ...asJson, ...bearer },
      body: { name: 'short', scopes: ['read'] },
    });
    const { token, token_id: tokenId } = JSON.parse(made.text);
    const short = await signIn(token);
    assert.equal(short.session.scope, 'read');
    const asShort = { headers: { cookie: short.cookie } };
    assert.equal((await call(server.workbench, 'GET', '/api/about', asShort)).status, 200);
    assert.equal((await call(server.workbench, 'GET', '/api/tokens', asShort)).status, 403);
    const revoked = await call(server.workbench, 'POST', `/api/tokens/${tokenId}/revoke`, {
      headers: bearer,
    });
    assert.equal(revoked.status, 200);
    assert.equal((await call(server.workbench, 'GET', '/api/about', asShort)).status, 401);
  });

  test('a link works once', async () => {
    const made = await call(server.workbench, 'POST', '/api/session/links', { headers: bearer });
    assert.equal(made.status, 201);
    const code = new URL(JSON.parse(made.text).url).hash.slice(1);
    const both = await Promise.all([signIn(code), signIn(code)]);
    assert.deepEqual(both.map((one) => one.status).sort(), [201, 401], 'used twice at once');
    assert.equal((await signIn(code)).status, 401);
  });

  test('a session that was answered survives kill -9', async () => {
    const dataDir = temporaryDirectory('session');
    const first = await startServer({ dataDir });
    const reply = await call(first.workbench, 'POST', '/api/session', {
      headers: asJson,
      body: { token: first.pat },
    });
    const secret = reply.headers['set-cookie'][0].split(';')[0].split('=')[1];
    await first.kill();
    const second = await startServer({ dataDir });
    const cookie = `tartan_${new URL(second.workbench).port}=${secret}`;
    const after = await call(second.workbench, 'GET', '/api/about', { headers: { cookie } });
    assert.equal(after.status, 200);
    await second.stop();
  });

  test('what a careless or hostile caller sends is refused in words', async () => {
    const bodies = [{}, { token: 1 }, { token: null }, { token: '' }, { token: 'x'.repeat(201) }, [],
      { token: 'x', more: 1 }, 'token'];
    for (const body of bodies) {
      const reply = await call(server.workbench, 'POST', '/api/session', { headers: asJson, body });
      assert.equal(reply.status, 400, `${JSON.stringify(body)}: ${reply.text}`);
    }
    const odd = { 'Content-Type': 'application/json', cookie: ';=;;tartan_=;tartan_1==x; ' };
    assert.equal((await call(server.workbench, 'GET', '/api/about', { headers: odd })).status, 401);
    const { port } = new URL(server.workbench);
    const long = { cookie: `tartan_${port}=${'x'.repeat(8000)}` };
    assert.equal((await call(server.workbench, 'GET', '/api/about', { headers: long })).status, 401);
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      assert.equal((await call(server.workbench, method, '/workflows')).status, 404, method);
    }
  });

  test('a Host that is no address and not localhost is refused', async () => {
    const at = (host, path = '/') => call(server.workbench, 'GET', path, { headers: { host } });
    const { port } = new URL(server.workbench);
    assert.equal((await at(`evil.example:${port}`)).status, 403);
    assert.equal((await at(`evil.example:${port}`, '/api/session')).status, 403);
    assert.equal((await at('127.0.0.1.evil.example')).status, 403);
    assert.equal((await at('evil.example', '/metrics')).status, 403);
    assert.equal((await at('evil.example', '/openapi.json')).status, 403);
    assert.equal((await at('evil.example', '/healthz')).status, 200);
    assert.equal((await at(`localhost:${port}`)).status, 200);
    assert.equal((await at(`[::1]:${port}`)).status, 200);
  });

  test('the pages come with a policy that allows no inline script and no frame', async () => {
    const page = await call(server.workbench, 'GET', '/workflows/any.name');
    assert.equal(page.status, 200);
    assert.match(page.headers['content-type'], /^text\/html/);
    const policy = page.headers['content-security-policy'];
    assert.match(policy, /script-src 'self';/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.equal(page.headers['x-frame-options'], 'DENY');
    const [, script] = /src="(\/assets\/[^"]+\.js)"/.exec(page.text);
    const plain = await call(server.workbench, 'GET', script);
    assert.equal(plain.status, 200);
    assert.equal(plain.headers['content-encoding'], undefined);
    const packed = await call(server.workbench, 'GET', script, {
      headers: { 'Accept-Encoding': 'gzip' },
    });
    assert.equal(packed.headers['content-encoding'], 'gzip');
    assert.match(packed.headers['cache-control'], /immutable/);
    assert.equal((await call(server.workbench, 'GET', '/assets/none.js')).status, 404);
  });

  test('at a wrong address a reader gets a page and a program gets JSON, both with 404', async () => {
    const accept = 'text/html,application/xhtml+xml,*/*;q=0.8';
    const read = (path, headers = { accept }) => call(server.workbench, 'GET', path, { headers });
    const kindOf = async (reply) => {
      const { status, headers } = await reply;
      return [status, headers['content-type'].split(';')[0]];
    };
    assert.deepEqual(await kindOf(read('/nowhere/at/all')), [404, 'text/html']);
    assert.ok((await read('/nowhere')).headers['content-security-policy']);
    const json = [404, 'application/json'];
    assert.deepEqual(await kindOf(read('/nowhere', { accept: '*/*' })), json);
    assert.deepEqual(await kindOf(read('/nowhere', {})), json);
    assert.deepEqual(await kindOf(read('/assets/none.js')), json);
    assert.deepEqual(await kindOf(read('/api')), json);
    assert.deepEqual(await kindOf(read('/api/none')), [401, 'application/json']);
  });
});
