// Proves that saved credentials do their work and are seen by nobody: each of the four types goes
// out as it should, to its own hosts only and along no redirect to another; OAuth tokens are cached
// and refreshed once; and no secret can be read again through the API, in a history, in a stream,
// in the log or in a file, also when the target sends it back.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startServer } from '../support/server.mjs';
import { Traces } from '../support/traces.mjs';
import { EventReader, Workbench, httpTask, json, startTarget } from '../support/workbench.mjs';

// Values that occur nowhere by chance, with what JSON, URLs and forms must escape.
const secrets = {
  password: 'plantedPass"w\\o/rd+&=%?ö',
  bearer: 'plantedBearer/+~."x\\y==',
  header: 'plantedHeader-8f2e"k/%41',
  query: 'plantedQuery &=+#/ü"\\',
  body: 'plantedBody"\\\u0007/<tag>',
  clientSecret: 'plantedClientSecret:&/"%\\7',
  accessToken: 'plantedAccessToken-',
};
const traces = new Traces(secrets);

const jsonWithEscapes = (text) =>
  `"${[...text].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`;

describe('credentials', () => {
  let api;
  let other;
  let server;
  let workbench;
  const ids = {};
  const tokenRequests = [];
  let refuseTokens = 0; // so many requests with a token are answered 401

  // Sends back all it got, in every spelling that a service may choose.
  function echo(received, response) {
    const url = decodeURIComponent(received.url.replaceAll('+', ' '));
    const given = [...Object.values(secrets), received.headers.authorization ?? ''];
    const asked = received.url.includes('spell') ? given : [];
    const echoed = received.headers.authorization ?? received.headers['x-key'] ?? '';
    const headers = { 'Content-Type': 'application/json', 'X-Echo': echoed };
    response.writeHead(200, headers);
    const known = JSON.stringify({
      headers: received.headers,
      url: received.url,
      decoded: url,
      body: received.text,
      percent: asked.map((text) => encodeURIComponent(text)),
    });
    const escaped = asked.map(jsonWithEscapes).join();
    response.end(`${known.slice(0, -1)},"escaped":[${escaped}]}`);
  }

  function answerApi(received, response) {
    if (received.url === '/token') {
      tokenRequests.push(received);
      const access_token = `${secrets.accessToken}${tokenRequests.length}`;
      const token = { access_token, token_type: 'Bearer', expires_in: 3600 };
      // Slow enough for others to ask meanwhile.
      return setTimeout(() => json(response, token), 40);
    }
    if (received.url.startsWith('/away')) {
      const to = new URL(received.url, api.url).searchParams.get('to') ?? other.url;
      const status = Number(/^\/away(\d*)/.exec(received.url)[1] || 302);
      response.writeHead(status, { Location: `${to}/landed` });
      return response.end();
    }
    if (received.url.startsWith('/guarded') && refuseTokens > 0) {
      refuseTokens -= 1;
      return json(response, { error: 'expired', got: received.headers.authorization }, 401);
    }
    return echo(received, response);
  }

  const ofType = () => ({
    Basic: { username: 'visible-user', password: secrets.password },
    Bearer: { token: secrets.bearer },
    ApiKey: {
      values: [
        { in: 'header', name: 'X-Key', value: secrets.header },
        { in: 'query', name: 'api key', value: secrets.query },
        { in: 'body', name: 'secret', value: secrets.body },
      ],
    },
    OAuth2ClientCredentials: {
      tokenUrl: `${api.url}/token`,
      clientId: 'visible-client',
      clientSecret: secrets.clientSecret,
      scopes: ['orders:read', 'orders:write'],
    },
  });

  const request = (type, more = {}) => ({
    name: `my ${type}`,
    type,
    hosts: [api.host],
    ...ofType()[type],
    ...more,
  });

  before(async () => {
    api = await startTarget(answerApi);
    other = await startTarget(echo);
    server = await startServer({
      args: [...api.allow, ...other.allow, '--log-level', 'debug'],
    });
    workbench = new Workbench(server);
    for (const type of Object.keys(ofType())) {
      ids[type] = await workbench.post('/api/credentials', request(type));
    }
  });

  after(async () => {
    await server?.stop();
    await api?.stop();
    await other?.stop();
  });

  async function runTask(type, httpRequest, more = {}) {
    const credentials = ids[type] ?? type;
    const id = await workbench.define({
      Call: httpTask(httpRequest, { end: true, credentials, ...more }),
    });
    const [before, elsewhere] = [api.requests.length, other.requests.length];
    const run = await workbench.run(id);
    return {
      run,
      id,
      sent: api.requests.slice(before).filter(({ url }) => url !== '/token'),
      sentElsewhere: other.requests.slice(elsewhere),
    };
  }

  // Everything that the API shows of a run.
  async function shownOf(run) {
    const shown = [run, await workbench.history(run.id)];
    for (const task of await workbench.tasks(run.id)) {
      shown.push(await workbench.get(`/api/workflows/${run.id}/tasks/${task.id}`));
    }
    const reader = await EventReader.open(workbench, `/api/workflows/${run.id}/events`);
    await reader.seeEnd();
    shown.push(reader.events);
    return shown;
  }

  const found = (value) => traces.foundIn(Buffer.from(JSON.stringify(value)));

  describe('through the API', () => {
    test('are listed and read without their secret parts', async () => {
      const list = await workbench.get('/api/credentials');
      assert.deepEqual(list.map(({ type }) => type).sort(), Object.keys(ids).sort());
      assert.deepEqual(found(list), []);
      const basic = await workbench.get(`/api/credentials/${ids.Basic}`);
      assert.equal(basic.username, 'visible-user');
      assert.deepEqual(basic.hosts, [api.host]);
      const key = await workbench.get(`/api/credentials/${ids.ApiKey}`);
      assert.deepEqual(key.values, [
        { in: 'header', name: 'X-Key' },
        { in: 'query', name: 'api key' },
        { in: 'body', name: 'secret' },
      ]);
    });

    test('tell which definitions name them, in their latest version and by their names', async () => {
      const id = await workbench.post('/api/credentials', request('Bearer'));
      const names = (credentials) => ({ ...httpTask({ url: `${api.url}/a` }), credentials });
      const inside = { startTask: 'In', tasks: { In: { ...names(id), end: true } } };
      const second = await workbench.post('/api/workflow-definitions', {
        name: 'B: in a branch, twice',
        startTask: 'Both',
        tasks: {
          Both: { type: 'Parallel', branches: [inside], nextTask: 'After' },
          After: { ...names(id), end: true },
        },
      });
      const body = { name: 'A', startTask: 'Only', tasks: { Only: { ...names(id), end: true } } };
      const first = await workbench.post('/api/workflow-definitions', body);
      const usedBy = async () => (await workbench.get(`/api/credentials/${id}`)).usedBy;
      const both = [{ id: first, name: 'A' }, { id: second, name: 'B: in a branch, twice' }];
      assert.deepEqual(await usedBy(), both);
      const listed = await workbench.get('/api/credentials');
      assert.deepEqual(listed.find((one) => one.id === id).usedBy, both);

      // A text that only looks like it, in a version that names another one.
      body.tasks.Only = { ...names(ids.Bearer), inputParameters: { credentials: id }, end: true };
      await workbench.put(`/api/workflow-definitions/${first}`, body);
      assert.deepEqual(await usedBy(), both.slice(1));
      await workbench.delete(`/api/workflow-definitions/${second}`);
      assert.deepEqual(await usedBy(), []);
    });

    test('are replaced and deleted', async () => {
      const id = await workbench.post('/api/credentials', request('Bearer', { name: 'first' }));
      await workbench.put(`/api/credentials/${id}`, request('Basic', { name: 'second' }));
      const read = await workbench.get(`/api/credentials/${id}`);
      assert.equal(read.name, 'second');
      assert.equal(read.type, 'Basic');
      await workbench.delete(`/api/credentials/${id}`);
      for (const [method, body] of [['GET'], ['DELETE'], ['PUT', request('Basic')]]) {
        await workbench.fail(404, method, `/api/credentials/${id}`, body);
      }
    });

    test('are refused with a message that repeats no secret', async () => {
      const refused = [
        request('Basic', { name: '' }),
        request('Basic', { hosts: [] }),
        request('Basic', { hosts: ['https://api.example.com/'] }),
        request('Basic', { hosts: undefined }),
        request('Basic', { username: 'with:colon' }),
        request('Basic', { token: secrets.bearer }),
        request('Bearer', { token: `${secrets.bearer}\r\nX-Evil: 1` }),
        request('Bearer', { token: [secrets.bearer] }),
        request('Bearer', { type: secrets.bearer.slice(0, 13) }),
        request('ApiKey', { values: [] }),
        request('ApiKey', { values: [{ in: 'cookie', name: 'a', value: secrets.header }] }),
        request('ApiKey', { values: [{ in: 'header', name: 'a b', value: secrets.header }] }),
        request('OAuth2ClientCredentials', { tokenUrl: 'ftp://token.example' }),
        request('OAuth2ClientCredentials', { clientSecret: undefined }),
      ];
      for (const body of refused) {
        const error = await workbench.fail(400, 'POST', '/api/credentials', body);
        assert.deepEqual(found(error), [], JSON.stringify(body));
        await workbench.fail(400, 'PUT', `/api/credentials/${ids.Basic}`, body);
      }
      assert.equal((await workbench.get(`/api/credentials/${ids.Basic}`)).type, 'Basic');
    });

    test('take the scope edit to be made, read to be seen', async () => {
      const runner = await workbench.withScopes(['run']);
      await runner.fail(403, 'POST', '/api/credentials', request('Basic'));
      await runner.fail(403, 'PUT', `/api/credentials/${ids.Basic}`, request('Basic'));
      await runner.fail(403, 'DELETE', `/api/credentials/${ids.Basic}`);
      assert.deepEqual(found(await runner.get('/api/credentials')), []);
    });
  });

  describe('reach the target', () => {
    test('as Basic', async () => {
      const { run, sent } = await runTask('Basic', { url: `${api.url}/a` });
      assert.equal(run.status, 'Completed', run.failedReason);
      const [scheme, pair] = sent[0].headers.authorization.split(' ');
      assert.equal(scheme, 'Basic');
      const text = Buffer.from(pair, 'base64').toString('utf8');
      assert.equal(text, `visible-user:${secrets.password}`);
    });

    test('as Bearer', async () => {
      const { run, sent } = await runTask('Bearer', { url: `${api.url}/a` });
      assert.equal(run.status, 'Completed', run.failedReason);
      assert.equal(sent[0].headers.authorization, `Bearer ${secrets.bearer}`);
    });

    test('as API key in a header, the query and the body', async () => {
      const { run, sent } = await runTask('ApiKey', {
        method: 'POST',
        url: `${api.url}/a?b=1#part`,
        body: { order: 7 },
      });
      assert.equal(run.status, 'Completed', run.failedReason);
      assert.equal(sent[0].headers['x-key'], secrets.header);
      const { searchParams } = new URL(sent[0].url, api.url);
      assert.deepEqual(
        [...searchParams],
        [
          ['b', '1'],
          ['api key', secrets.query],
        ],
      );
      assert.deepEqual(sent[0].json, { order: 7, secret: secrets.body });
    });

    test('as an OAuth token that is fetched once for many tasks', async () => {
      const before = tokenRequests.length;
      for (let i = 0; i < 3; i += 1) {
        const { run, sent } = await runTask('OAuth2ClientCredentials', { url: `${api.url}/a` });
        assert.equal(run.status, 'Completed', run.failedReason);
        assert.equal(sent[0].headers.authorization, `Bearer ${secrets.accessToken}${before + 1}`);
      }
      assert.equal(tokenRequests.length, before + 1);
      const { headers, text, method } = tokenRequests.at(-1);
      assert.equal(method, 'POST');
      const pair = Buffer.from(headers.authorization.split(' ')[1], 'base64').toString('utf8');
      const [clientId, clientSecret] = pair.split(':').map(decodeURIComponent);
      assert.deepEqual([clientId, clientSecret], ['visible-client', secrets.clientSecret]);
      assert.deepEqual(Object.fromEntries(new URLSearchParams(text)), {
        grant_type: 'client_credentials',
        scope: 'orders:read orders:write',
      });
    });

    test('as an OAuth token that is fetched once for many tasks at once', async () => {
      const changed = request('OAuth2ClientCredentials');
      await workbench.put(`/api/credentials/${ids.OAuth2ClientCredentials}`, changed);
      const before = tokenRequests.length;
      const credentials = ids.OAuth2ClientCredentials;
      const task = httpTask({ url: `${api.url}/a` }, { end: true, credentials });
      const id = await workbench.define({ Call: task });
      const runs = await Promise.all(Array.from({ length: 8 }, () => workbench.run(id)));
      for (const run of runs) assert.equal(run.status, 'Completed', run.failedReason);
      assert.equal(tokenRequests.length, before + 1);
    });

    test('as a fresh OAuth token after a 401, once', async () => {
      await runTask('OAuth2ClientCredentials', { url: `${api.url}/a` });
      const before = tokenRequests.length;
      refuseTokens = 1;
      const { run, sent } = await runTask('OAuth2ClientCredentials', { url: `${api.url}/guarded` });
      assert.equal(run.status, 'Completed', run.failedReason);
      assert.equal(tokenRequests.length, before + 1);
      assert.equal(sent.length, 2);
      assert.notEqual(sent[0].headers.authorization, sent[1].headers.authorization);

      refuseTokens = 2;
      const again = await runTask('OAuth2ClientCredentials', { url: `${api.url}/guarded` });
      refuseTokens = 0;
      assert.equal(again.run.status, 'Failed');
      assert.equal(again.sent.length, 2, 'a second 401 is an answer');
      assert.deepEqual(found(await shownOf(again.run)), []);
    });

    test('as a fresh OAuth token for a reason that the history holds', async () => {
      refuseTokens = 1;
      const { run, sent } = await runTask('OAuth2ClientCredentials', {
        method: 'POST',
        url: `${api.url}/guarded`,
      });
      assert.equal(run.status, 'Completed', run.failedReason);
      assert.equal(sent.length, 2);
      const history = await workbench.history(run.id);
      assert.match(JSON.stringify(history), /fresh OAuth token/);
    });

    test('with the new secret as soon as the credential is replaced', async () => {
      const before = tokenRequests.length;
      const changed = request('OAuth2ClientCredentials', { clientId: 'visible-client-2' });
      await workbench.put(`/api/credentials/${ids.OAuth2ClientCredentials}`, changed);
      await runTask('OAuth2ClientCredentials', { url: `${api.url}/a` });
      assert.equal(tokenRequests.length, before + 1, 'the token of the old one is not used again');
    });

    test('not when the credential is gone: the task fails and says so', async () => {
      const id = await workbench.post('/api/credentials', request('Bearer'));
      await workbench.delete(`/api/credentials/${id}`);
      const { run, sent } = await runTask(id, { url: `${api.url}/a` });
      assert.equal(run.status, 'Failed');
      assert.match(run.failedReason, new RegExp(id));
      assert.deepEqual(sent, []);
    });
  });

  describe('stay with their hosts', () => {
    test('when the task names another host', async () => {
      for (const type of Object.keys(ids)) {
        const { run, sent, sentElsewhere } = await runTask(type, {
          method: 'POST',
          url: `${other.url}/a`,
          body: {},
        });
        assert.equal(run.status, 'Failed', type);
        assert.ok(run.failedReason.includes(api.host), run.failedReason);
        assert.deepEqual([...sent, ...sentElsewhere], [], `${type}: nothing is sent at all`);
      }
    });

    test('when the input makes the URL, in odd spellings', async () => {
      const credentials = ids.Bearer;
      const id = await workbench.define({
        Call: {
          ...httpTask({ url: '${base}/a' }, { end: true, credentials }),
          inputParameters: { base: '${workflow.input.base}' },
        },
      });
      const spellings = [
        other.url,
        `http://${api.host}@${other.host}`,
        `http://${other.host}\\@${api.host}`,
        `http://${other.host}#@${api.host}`,
        `http://${other.host}?@${api.host}`,
        `http://${other.host}/${api.host}`,
        `HTTP://${other.host}`,
        `http://127.1:${other.port}`,
        `http://[::ffff:127.0.0.1]:${other.port}`,
        `http://${api.host}.:${other.port}`,
      ];
      for (const base of spellings) {
        const before = other.requests.length;
        const run = await workbench.run(id, { base });
        assert.equal(run.status, 'Failed', base);
        assert.equal(other.requests.length, before, base);
      }
    });

    const landings = [
      ['Basic', 302, 'GET'],
      ['Bearer', 307, 'POST'],
      ['OAuth2ClientCredentials', 301, 'GET'],
    ];
    for (const [type, status, method] of landings) {
      test(`when a ${status} leads elsewhere: ${type} stays behind`, async () => {
        const { run, sentElsewhere } = await runTask(type, {
          method,
          url: `${api.url}/away${status}`,
        });
        assert.equal(run.status, 'Completed', run.failedReason);
        assert.equal(sentElsewhere.length, 1);
        assert.deepEqual(found(sentElsewhere), []);
        assert.equal(sentElsewhere[0].headers.authorization, undefined);
      });
    }

    test('when a redirect would carry one in the body: it is not followed', async () => {
      const { run, sentElsewhere } = await runTask('ApiKey', {
        method: 'POST',
        url: `${api.url}/away307`,
        body: {},
      });
      assert.equal(run.status, 'Failed');
      assert.match(run.failedCause, /redirectRefused/);
      assert.deepEqual(sentElsewhere, []);
      assert.deepEqual(found(await shownOf(run)), []);
    });

    test('but go along a redirect within the origin', async () => {
      const { run, sent } = await runTask('Bearer', { url: `${api.url}/away302?to=${api.url}` });
      assert.equal(run.status, 'Completed', run.failedReason);
      assert.equal(sent[1].url, '/landed');
      assert.equal(sent[1].headers.authorization, `Bearer ${secrets.bearer}`);
    });
  });

  describe('are masked', () => {
    for (const type of ['Basic', 'Bearer', 'ApiKey', 'OAuth2ClientCredentials']) {
      test(`when the target sends back what it got of ${type}`, async () => {
        const { run } = await runTask(type, {
          method: 'POST',
          url: `${api.url}/echo`,
          body: { visible: 'yes' },
        });
        assert.equal(run.status, 'Completed', run.failedReason);
        assert.match(run.output.body.body, /visible/, 'the rest is there');
        assert.deepEqual(found(await shownOf(run)), []);
      });
    }

    test('when the target spells them with escapes or percent signs', async () => {
      const perType = {
        Basic: [secrets.password],
        Bearer: [secrets.bearer],
        ApiKey: [secrets.header, secrets.query, secrets.body],
        OAuth2ClientCredentials: [secrets.clientSecret],
      };
      for (const [type, own] of Object.entries(perType)) {
        const { run } = await runTask(type, {
          method: 'POST',
          url: `${api.url}/spell`,
          body: {},
        });
        const shown = JSON.stringify(await shownOf(run));
        for (const secret of own) {
          assert.ok(!shown.includes(JSON.stringify(secret).slice(1, -1)), `${type}: ${secret}`);
          assert.ok(!shown.includes(encodeURIComponent(secret)), `${type}: ${secret}, percent`);
        }
      }
    });

    test('when the target spells the percent signs in lower case', async () => {
      const lower = encodeURIComponent(secrets.bearer).replace(/%../g, (x) => x.toLowerCase());
      const before = api.answer;
      api.answer = (received, response) => json(response, { said: lower });
      try {
        const { run } = await runTask('Bearer', { url: `${api.url}/a` });
        assert.ok(!JSON.stringify(run.output).includes(lower), run.output.body.said);
      } finally {
        api.answer = before;
      }
    });

    test('when the target sends them in a body that is no text', async () => {
      const before = api.answer;
      api.answer = (received, response) => {
        response.writeHead(200, { 'Content-Type': 'application/octet-stream' });
        response.end(Buffer.concat([Buffer.from([0xff, 0]), Buffer.from(secrets.bearer)]));
      };
      try {
        const { run } = await runTask('Bearer', { url: `${api.url}/a` });
        const bytes = Buffer.from(run.output.body.base64, 'base64');
        assert.deepEqual(traces.foundIn(bytes), []);
      } finally {
        api.answer = before;
      }
    });

    test('in an answer that fails the task, and in its reason', async () => {
      const before = api.answer;
      api.answer = (received, response) => {
        const { authorization } = received.headers;
        response.writeHead(400, authorization, {
          'Content-Type': 'text/plain',
          'X-Back': authorization,
        });
        response.end(`not ${authorization}`);
      };
      try {
        const { run } = await runTask('Bearer', { url: `${api.url}/a` });
        assert.equal(run.status, 'Failed');
        assert.deepEqual(found(await shownOf(run)), []);
      } finally {
        api.answer = before;
      }
    });
  });

  describe('in Test request', () => {
    const task = (type) => ({
      task: {
        ...httpTask({ method: 'POST', url: `${api.url}/echo`, body: { a: 1 } }),
        credentials: ids[type],
      },
    });
    const path = '/api/http-task/test';

    test('are masked, for an administrator too', async () => {
      for (const type of Object.keys(ids)) {
        const shown = await workbench.post(path, task(type));
        assert.equal(shown.error, null);
        assert.deepEqual(found(shown), [], type);
      }
    });

    test('are shown in the request when an administrator asks for them', async () => {
      const { request: bearer } = await workbench.post(`${path}?secrets=true`, task('Bearer'));
      assert.equal(bearer.headers.Authorization, `Bearer ${secrets.bearer}`);
      const { request: key } = await workbench.post(`${path}?secrets=true`, task('ApiKey'));
      assert.equal(key.headers['X-Key'], secrets.header);
      assert.equal(key.body.secret, secrets.body);
      assert.equal(new URL(key.url).searchParams.get('api key'), secrets.query);
    });

    test('are shown to nobody else', async () => {
      for (const scope of ['run', 'edit']) {
        const caller = await workbench.withScopes([scope]);
        await caller.fail(403, 'POST', `${path}?secrets=true`, task('Bearer'));
        assert.deepEqual(found(await caller.post(path, task('Bearer'))), []);
      }
    });

    test('are shown only where they went: not beside a header in their place', async () => {
      const { task: own } = task('Bearer');
      own.httpRequest.headers = { authorization: 'Bearer own' };
      const { request: shown } = await workbench.post(path, { task: own });
      const sent = api.requests.at(-1).headers.authorization;
      const named = Object.entries(shown.headers).filter(([name]) => /^authorization$/i.test(name));
      assert.equal(named.length, 1, JSON.stringify(shown.headers));
      assert.ok(named[0][1] === sent || named[0][1] === 'Bearer ********', sent);
    });

    test('do not go to another host', async () => {
      const { task: other_ } = task('Bearer');
      other_.httpRequest.url = `${other.url}/a`;
      const before = other.requests.length;
      const { error } = await workbench.post(path, { task: other_ });
      assert.ok(error.message.includes(api.host), error.message);
      assert.equal(other.requests.length, before);
    });
  });

  test('are in no file of the data directory and in no line of the log', async () => {
    assert.deepEqual(traces.foundBelow(server.dataDir), []);
    assert.equal(await server.stop(), 0);
    assert.deepEqual(traces.foundBelow(server.dataDir), []);
    assert.deepEqual(traces.foundIn(Buffer.from(server.log())), []);
    server = await startServer({
      dataDir: server.dataDir,
      args: [...api.allow, '--log-level', 'debug'],
    });
    workbench = new Workbench(server);
    const { run } = await runTask('Bearer', { url: `${api.url}/a` });
    assert.equal(run.status, 'Completed', 'they still work after a restart');
    assert.deepEqual(found(await workbench.get('/api/credentials')), []);
  });
});
