// Proves that the request of an Http task can be tried out before any workflow runs: what is shown
// is what a target received, answers of every kind come back as a task's output would hold them,
// with timings; what goes wrong is said in words that tell what to change; and nothing is kept.

import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { startServer } from '../support/server.mjs';
import { Workbench, httpTask, json, startTarget } from '../support/workbench.mjs';

const binary = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0xff, 0xfe, 0x80, 10, 13]);
// What a client must send of its own, and what the test's connection adds.
const ofTheTransport = new Set(['host', 'content-length', 'connection']);

const reply = (status, headers, body) => (_, response) => {
  response.writeHead(status, headers);
  response.end(body);
};
const routes = {
  '/text': reply(200, { 'Content-Type': 'text/plain; charset=utf-8' }, 'grüße\n'),
  '/binary': reply(200, { 'Content-Type': 'image/png' }, binary),
  '/empty': reply(204, {}),
  '/broken-json': reply(200, { 'Content-Type': 'application/json' }, '{"a": '),
  '/problem': reply(422, { 'Content-Type': 'application/problem+json' }, '{"title":"no"}'),
  '/unavailable': reply(503, { 'Retry-After': '1' }, 'later'),
  '/twice': reply(200, { 'X-Twice': ['a', 'b'], 'Set-Cookie': ['c=1', 'd=2'] }, 'x'),
  '/zipped': reply(
    200,
    { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' },
    gzipSync('{"zipped":true}'),
  ),
  '/hop': reply(302, { Location: '/hop2?a=1' }),
  '/hop2?a=1': reply(307, { Location: '/landed' }),
  '/see-other': reply(303, { Location: '/landed' }),
  '/circle': reply(302, { Location: '/circle' }),
  '/inside': reply(302, { Location: 'http://169.254.169.254/latest/meta-data/' }),
  '/slow': (_, response) => setTimeout(() => response.end('at last'), 80),
  '/never': () => {},
  '/cut': (_, response) => response.destroy(),
  '/half': (_, response) => {
    response.writeHead(200, { 'Content-Length': 100 });
    response.write('half', () => response.destroy());
  },
  '/large': reply(200, { 'Content-Type': 'text/plain' }, 'x'.repeat(9 * 1024 * 1024)),
};

// A port that nobody listens on, as far as anyone can know.
async function closedPort() {
  const listener = net.createServer();
  await new Promise((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address();
  await new Promise((resolve) => listener.close(resolve));
  return port;
}

describe('POST /api/http-task/test', () => {
  let target;
  let server;
  let workbench;
  let closed;

  before(async () => {
    target = await startTarget((received, response) => {
      const route = routes[received.url];
      if (route) return route(received, response);
      return json(response, { method: received.method, url: received.url });
    });
    closed = await closedPort();
    server = await startServer({
      args: ['--ephemeral', ...target.allow, '--egress-allow', `127.0.0.1:${closed}`],
      // A proxy would take requests to where the policy can't look.
      env: { http_proxy: target.url, https_proxy: target.url, ALL_PROXY: target.url },
    });
    workbench = new Workbench(server);
  });

  after(async () => {
    await server?.stop();
    await target?.stop();
  });

  const tryTask = (task, input) => workbench.post('/api/http-task/test', { task, input });
  const tryUrl = (url, more = {}) =>
    tryTask(httpTask({ url: url.startsWith('/') ? target.url + url : url, ...more }));

  async function received(act) {
    const before = target.requests.length;
    const result = await act();
    return { result, sent: target.requests.slice(before) };
  }

  const asObject = (headers) =>
    Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

  describe('the request', () => {
    const task = httpTask({
      method: 'POST',
      url: '${base}/orders/${id}/${name}?q=${query}&fixed=1',
      headers: { 'X-Trace': 'run-${id}', Accept: 'application/json', 'X-Flag': '${flag}' },
      body: { id: '${id}', list: '${list}', text: 'no. ${id} for ${name}', missing: '${nothing}' },
    });
    const input = {
      id: 42,
      name: 'a/b ?&=ü',
      query: 'x&y=z #1',
      flag: true,
      list: [1, { two: 2 }],
    };

    test('is shown as the target received it', async () => {
      const { result, sent } = await received(() => tryTask(task, { ...input, base: target.url }));
      assert.equal(result.error, null);
      assert.equal(sent.length, 1);
      const [{ method, url, headers, json: body }] = sent;
      assert.equal(result.request.method, method);
      assert.equal(result.request.url, target.url + url);
      assert.deepEqual(result.request.body, body);
      for (const [name, value] of Object.entries(asObject(result.request.headers))) {
        assert.equal(headers[name], value, name);
      }
      assert.equal(url, '/orders/42/a%2Fb%20%3F%26%3D%C3%BC?q=x%26y%3Dz%20%231&fixed=1');
      assert.deepEqual(body, {
        id: 42,
        list: [1, { two: 2 }],
        text: `no. 42 for ${input.name}`,
        missing: null,
      });
      assert.equal(headers['x-trace'], 'run-42');
      assert.equal(headers['x-flag'], 'true');
      assert.match(headers['idempotency-key'], /^\w{10,}$/);
    });

    test('is shown with every header that went out', async () => {
      const { result, sent } = await received(() => tryTask(task, { ...input, base: target.url }));
      const shown = Object.keys(asObject(result.request.headers));
      const hidden = Object.keys(sent[0].headers).filter(
        (name) => !shown.includes(name) && !ofTheTransport.has(name),
      );
      assert.deepEqual(hidden, []);
    });

    test('has the values that the definition fixes, unless the input names others', async () => {
      const withParameters = {
        ...httpTask({ url: `${target.url}/\${kind}/\${id}` }),
        inputParameters: { kind: 'orders', id: '${workflow.input.id}' },
      };
      const { result } = await received(() => tryTask(withParameters, { id: 5 }));
      assert.equal(result.response.body.url, '/orders/5');
      const other = await tryTask(withParameters, { id: 5, kind: 'bills' });
      assert.equal(other.response.body.url, '/bills/5');
    });

    test('goes out with each of the methods', async () => {
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
        const { result, sent } = await received(() => tryUrl('/any', { method }));
        assert.equal(result.error, null, method);
        assert.equal(result.response.status, 200, method);
        assert.deepEqual(
          sent.map((one) => one.method),
          [method],
        );
      }
    });

    test('has the body that its Content-Type asks for', async () => {
      const sentWith = async (type, body) => {
        const headers = { 'Content-Type': type };
        const { sent } = await received(() => tryUrl('/any', { method: 'POST', headers, body }));
        return sent[0];
      };
      const fields = { a: 'x y&z', b: ['1', '2'] };
      const form = await sentWith('application/x-www-form-urlencoded', fields);
      assert.deepEqual(
        [...new URLSearchParams(form.text)],
        [
          ['a', 'x y&z'],
          ['b', '1'],
          ['b', '2'],
        ],
      );
      assert.equal((await sentWith('text/csv', 'a;b\n')).text, 'a;b\n');
      assert.equal((await sentWith('application/json', 'text')).text, '"text"');
      const multipart = await sentWith('multipart/form-data', { a: 'one', b: 'two' });
      assert.match(multipart.headers['content-type'], /^multipart\/form-data; boundary=/);
      assert.match(multipart.text, /name="a"\r\n\r\none\r\n/);
    });

    test('is sent once, also when the task would be retried', async () => {
      const failing = {
        ...httpTask({ url: `${target.url}/unavailable` }),
        retry: { maxAttempts: 3 },
      };
      const { result, sent } = await received(() => tryTask(failing));
      assert.equal(sent.length, 1);
      assert.equal(result.response.status, 503);
      assert.ok(result.warnings.some((text) => /503.*would be retried/.test(text)));
    });
  });

  describe('the answer', () => {
    const bodies = [
      ['/any', { method: 'GET', url: '/any' }],
      ['/text', 'grüße\n'],
      ['/binary', { contentType: 'image/png', base64: binary.toString('base64') }],
      ['/empty', null],
      ['/broken-json', '{"a": '],
      ['/problem', { title: 'no' }],
      ['/zipped', { zipped: true }],
    ];
    for (const [url, body] of bodies) {
      test(`of ${url} has its body`, async () => {
        const { response, error } = await tryUrl(url);
        assert.equal(error, null);
        assert.deepEqual(response.body, body);
        assert.equal(response.url, target.url + url);
        assert.deepEqual(response.redirects, []);
      });
    }

    test('has its headers in lower case, repeated ones joined, cookies as a list', async () => {
      const { response } = await tryUrl('/twice');
      assert.equal(response.headers['x-twice'], 'a, b');
      assert.deepEqual(response.headers['set-cookie'], ['c=1', 'd=2']);
    });

    test('has its size and timings that add up', async () => {
      const { response } = await tryUrl('/slow');
      assert.equal(response.sizeInBytes, 'at last'.length);
      const { dns, connect, tls, firstByte, total } = response.timings;
      for (const one of [dns, connect, tls]) assert.ok(one >= 0 && one < total, `${one}`);
      assert.ok(firstByte >= 75, `the first byte came after ${firstByte} ms`);
      assert.ok(total >= firstByte && total < 5000, `${total} ms in all`);
    });

    test('has the redirects that led to it', async () => {
      const { response } = await tryUrl('/hop');
      assert.equal(response.url, `${target.url}/landed`);
      assert.deepEqual(response.redirects, [
        { status: 302, url: `${target.url}/hop` },
        { status: 307, url: `${target.url}/hop2?a=1` },
      ]);
      const other = await tryUrl('/see-other', { method: 'POST', body: { a: 1 } });
      assert.equal(other.response.body.method, 'GET');
    });

    test('that no run would take as success comes with a warning', async () => {
      const { response, warnings } = await tryUrl('/problem');
      assert.equal(response.status, 422);
      assert.ok(
        warnings.some((text) => /422.*would fail the task/.test(text)),
        warnings.join(),
      );
      const widened = { ...httpTask({ url: `${target.url}/problem` }), successStatuses: ['4xx'] };
      assert.deepEqual((await tryTask(widened)).warnings, []);
    });

    test('that is no JSON though it says so comes with a warning', async () => {
      const { warnings } = await tryUrl('/broken-json');
      assert.ok(
        warnings.some((text) => /JSON/.test(text)),
        warnings.join(),
      );
    });

    test('to a GET with a body comes with a warning', async () => {
      const { warnings } = await tryUrl('/any', { body: { a: 1 } });
      assert.ok(
        warnings.some((text) => /GET/.test(text)),
        warnings.join(),
      );
    });
  });

  describe('what goes wrong', () => {
    async function errorOf(act) {
      const { response, error } = await act;
      assert.equal(response, null);
      assert.ok(error.message.length > 10 && error.hint.length > 10, JSON.stringify(error));
      return error;
    }

    test('says how an operator opens what the policy refuses', async () => {
      const refused = [
        ['http://127.0.0.1:1/', '127.0.0.1:1'],
        ['http://[::1]:9/', '::1'],
        ['http://10.0.0.1/', '10.0.0.1'],
        ['http://169.254.169.254/latest/meta-data/', '169.254.169.254'],
        ['http://2130706433/', '127.0.0.1'],
        [`http://localhost:${target.port + 1}/`, 'localhost'],
      ];
      for (const [url, named] of refused) {
        const error = await errorOf(tryUrl(url));
        assert.equal(error.code, 'refused', `${url}: ${error.message}`);
        const words = `${error.message} ${error.hint}`;
        assert.match(words, /--egress-allow/, url);
        assert.ok(words.includes(named), `${url}: ${words}`);
      }
    });

    test('reaches neither the workbench itself nor ports beside what is open', async () => {
      for (const base of [server.workbench, `http://127.0.0.1:${target.port + 1}`]) {
        const error = await errorOf(tryUrl(`${base}/api/tokens`));
        assert.equal(error.code, 'refused', base);
      }
      const { response } = await tryUrl(`${server.sandbox}/`);
      assert.ok(response.status >= 400, 'the items listeners are open, and want their keys');
    });

    test('goes through no proxy that the environment names', async () => {
      const { sent } = await received(async () => {
        for (const url of [
          'http://10.0.0.1/',
          'https://10.0.0.1/',
          'http://no-such-host.invalid/',
        ]) {
          await errorOf(tryUrl(url));
        }
      });
      assert.deepEqual(sent, []);
    });

    test('lets no redirect lead to where the policy refuses', async () => {
      const error = await errorOf(tryUrl('/inside'));
      assert.equal(error.code, 'refused');
    });

    const errors = [
      ['a name without an address', 'http://no-such-host.invalid/', 'nameNotFound', /no-such-host/],
      ['TLS to a port without it', () => `https://${target.host}/`, 'tlsFailed', /secure|TLS/],
      [
        'nobody listening',
        () => `http://127.0.0.1:${closed}/`,
        'connectFailed',
        /listens|refused/i,
      ],
      ['a connection that is cut', '/cut', 'broken', /ended before/],
      ['half an answer', '/half', 'broken', /ended before/],
      ['too large an answer', '/large', 'tooLarge', /8388608|bytes/],
      ['a circle of redirects', '/circle', 'tooManyRedirects', /redirect/i],
    ];
    for (const [what, url, code, words] of errors) {
      test(`names ${what}`, async () => {
        const error = await errorOf(tryUrl(typeof url === 'function' ? url() : url));
        assert.equal(error.code, code, error.message);
        assert.match(`${error.message} ${error.hint}`, words);
      });
    }

    test('names the timeout that was met', async () => {
      const never = { ...httpTask({ url: `${target.url}/never` }), readTimeoutSeconds: 1 };
      const startedAt = performance.now();
      const error = await errorOf(tryTask(never));
      assert.equal(error.code, 'readTimeout');
      assert.match(error.message, /1000 ms/);
      assert.ok(performance.now() - startedAt < 3000);
    });

    test('names the placeholder that has no value, and sends nothing', async () => {
      const { result, sent } = await received(() =>
        tryTask(httpTask({ url: `${target.url}/orders/\${orderId}` }), { other: 1 }),
      );
      assert.deepEqual(sent, []);
      assert.equal(result.request, null);
      assert.equal(result.error.code, 'invalidRequest');
      assert.match(result.error.message, /\$\{orderId\}|orderId/);
      assert.match(result.error.hint, /input/);
    });

    test('lets no value break out of a header, a host or a path', async () => {
      const attempts = [
        [{ url: `${target.url}/a`, headers: { 'X-A': '${v}' } }, 'x\r\nX-Evil: 1'],
        [{ url: `${target.url}/a`, headers: { 'X-A': '${v}' } }, ['a']],
        [{ url: `${target.url}/a/\${v}` }, '..'],
        [{ url: `${target.url}/a/\${v}` }, { b: 1 }],
        [{ url: 'http://127.0.0.1${v}/a' }, `:${target.port}/evil?`],
        [{ url: 'http://${v}/a' }, `user@${target.host}`],
      ];
      for (const [httpRequest, v] of attempts) {
        const { result, sent } = await received(() => tryTask(httpTask(httpRequest), { v }));
        assert.deepEqual(sent, [], JSON.stringify([httpRequest, v]));
        assert.ok(result.error, JSON.stringify(result));
      }
    });

    test('in the task itself is a 400 with every problem and its place', async () => {
      const body = { task: { type: 'Http', httpRequest: { url: '${a', method: 'FETCH' }, xyz: 1 } };
      const { problems } = await workbench.fail(400, 'POST', '/api/http-task/test', body);
      const pointers = problems.map(({ pointer }) => pointer).sort();
      assert.deepEqual(pointers, [
        '/task/httpRequest/method',
        '/task/httpRequest/url',
        '/task/xyz',
      ]);
      for (const task of [{}, { type: 'Simple' }, { type: 'Http' }, 'Http', null]) {
        await workbench.fail(400, 'POST', '/api/http-task/test', { task });
      }
    });

    test('with a credential that does not exist is said so', async () => {
      const task = { ...httpTask({ url: `${target.url}/any` }), credentials: 'no-such-credential' };
      const { error } = await tryTask(task);
      assert.match(error.message, /no-such-credential/);
    });
  });

  test('keeps nothing', async () => {
    for (const list of ['workflows', 'workflow-definitions', 'tasks']) {
      assert.deepEqual(await workbench.get(`/api/${list}`), { content: [], next: null }, list);
    }
    assert.deepEqual(await workbench.get('/api/credentials'), []);
  });

  test('takes the scope run', async () => {
    const task = httpTask({ url: `${target.url}/any` });
    const reader = await workbench.withScopes(['read']);
    await reader.fail(403, 'POST', '/api/http-task/test', { task });
    const runner = await workbench.withScopes(['run']);
    await runner.post('/api/http-task/test', { task });
  });
});
