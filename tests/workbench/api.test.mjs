// Proves the contract of the workbench's API around definitions, access and bad requests: every
// operation of api/workbench.yaml is called, every reply is held against its schema, lists can be
// paged, and scopes hold. What runs do is in workflows.test.mjs, what is wrong in
// bad_requests.test.mjs.

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { workbenchContract } from '../contract/validate.mjs';
import { CatalogClient, documentsFolder } from '../support/catalog.mjs';
import { get, post, startServer, until } from '../support/server.mjs';
import {
  EventReader,
  Workbench,
  assertError,
  definition,
  httpTask,
  json,
  simple,
  startTarget,
  wait,
} from '../support/workbench.mjs';

const definitions = '/api/workflow-definitions';
const documentOfOurs = path.join(documentsFolder, 'parameters.yaml');
const oneTask = (more = {}) => definition({ Ask: simple() }, more);

let target;
let server;
let workbench;

before(async () => {
  target = await startTarget((received, response) => {
    const answer = () => json(response, { url: received.url });
    if (received.url === '/slow') setTimeout(answer, 500);
    else answer();
  });
  server = await startServer({ args: ['--ephemeral', ...target.allow] });
  workbench = new Workbench(server);
});

after(async () => {
  await server?.stop();
  await target?.stop();
});

describe('every operation of the contract', () => {
  test('is served and answers as its schema says', async () => {
    Workbench.operationsCalled.clear();
    const client = await workbench.post('/api/clients', { name: 'second' });
    await workbench.get('/api/clients');
    const rotate = `/api/clients/${client.client_id}/rotate-secret`;
    await workbench.post(rotate, { environment: 'sandbox' });
    const token = await workbench.post('/api/tokens', { scopes: ['read'] });
    await workbench.get('/api/tokens');
    await workbench.post(`/api/tokens/${token.token_id}/revoke`);
    await workbench.get('/api/billing?environment=sandbox');

    const { id: failed } = await runAllOfDefinitions();
    await runAllOfWorkflows(failed);
    await runAllOfTasks();
    await runAllOfCredentials();
    await runAllOfCatalog();
    await runAllOfItems();
    await workbench.post('/api/expressions/evaluate', { language: 'path', expression: 'a' });
    const task = httpTask({ url: `${target.url}/a` });
    await workbench.post('/api/http-task/test', { task });
    await workbench.post('/api/http-task/from-curl', { command: `curl ${target.url}/a` });
    await workbench.post('/api/http-task/code', { task });
    await workbench.get('/api/audit?size=2');
    await workbench.get('/api/about');
    await workbench.get('/api/session');
    const { url } = await workbench.post('/api/session/links');
    await workbench.post('/api/session', { token: new URL(url).hash.slice(1) });
    await workbench.delete('/api/session');

    const { operationsCalled } = Workbench;
    const never = workbenchContract()
      .operationIds()
      .filter((id) => !operationsCalled.has(id));
    assert.deepEqual(never, []);
  });

  async function runAllOfItems() {
    const sandbox = '/api/environments/sandbox';
    const { userId } = await workbench.post(`${sandbox}/users`, { clientUserId: 'everything' });
    const user = `${sandbox}/users/${userId}`;
    const { content } = await workbench.get(`${sandbox}/institutions?size=1`);
    const [{ institutionId, products }] = content;
    const { itemId } = await workbench.post(`${user}/items`, { institutionId, products });
    await workbench.get(`${sandbox}/users?q=everything`);
    await workbench.get(user);
    await workbench.post(`${user}/removal-preview`, { itemIds: [itemId] });
    await workbench.post(`${user}/remove-items`, { itemIds: [itemId] });
    await workbench.get(`${user}/removal-preview`);
    await workbench.post(`${user}/remove`);
    await workbench.get(`${sandbox}/removals`);
    await post(workbench.server.sandbox, '/item/get', {});
    const { last } = await workbench.get(`${sandbox}/journal`);
    await workbench.get(`${sandbox}/journal/${last}`);
    await workbench.get('/api/catalog/providers');
  }

  async function runAllOfDefinitions() {
    const id = await workbench.post(definitions, oneTask());
    await workbench.post(`${definitions}/validate`, oneTask());
    await workbench.get(`${definitions}?q=test`);
    await workbench.get(`${definitions}/${id}`);
    await workbench.put(`${definitions}/${id}`, oneTask());
    await workbench.get(`${definitions}/${id}/versions`);
    await workbench.post(`${definitions}/${id}/disable`);
    await workbench.post(`${definitions}/${id}/enable`);
    await workbench.get(`${definitions}/${id}/workflows`);
    await workbench.delete(`${definitions}/${id}`);
    await readSchema();
    const failing = await workbench.define({
      First: wait(0, { nextTask: 'Stop' }),
      Stop: { type: 'Terminate', terminationStatus: 'Failed' },
    });
    return workbench.run(failing);
  }

  async function runAllOfWorkflows(failed) {
    const waiting = await workbench.start(await workbench.define({ Wait: wait(3600) }));
    await workbench.get('/api/workflows');
    await workbench.get('/api/workflows/counts');
    await workbench.workflow(waiting);
    await workbench.history(waiting);
    for (const path of [`/api/workflows/${waiting}/events`, '/api/workflows/events']) {
      const reader = await EventReader.open(workbench, path);
      assert.equal(reader.status, 200);
      assert.match(reader.headers['content-type'], /^text\/event-stream/);
      reader.close();
    }
    await workbench.post(`/api/workflows/${waiting}/pause`);
    await workbench.post(`/api/workflows/${waiting}/resume`);
    await workbench.post(`/api/workflows/${waiting}/terminate`, { reason: 'enough' });
    await workbench.post(`/api/workflows/${failed}/retry`);
    await workbench.reaches(failed);
    const first = await workbench.task(failed, 'First');
    await workbench.post(`/api/workflows/${failed}/rerun`, { taskId: first.id });
    await workbench.reaches(failed);
    await workbench.reaches(await workbench.post(`/api/workflows/${failed}/restart`));
    await workbench.delete(`/api/workflows/${failed}`);
  }

  async function runAllOfTasks() {
    const workflowDefinitionId = await workbench.define({ Ask: simple() });
    const poll = { workflowDefinitionId, taskName: 'Ask' };
    assert.equal((await workbench.call('POST', '/api/tasks/poll', poll)).status, 204);
    const runs = [1, 2].map(() => workbench.start(workflowDefinitionId));
    await Promise.all(runs);
    await workbench.get('/api/tasks');
    const { task, leaseToken } = await workbench.post('/api/tasks/poll', poll);
    const path = `/api/workflows/${task.workflowId}/tasks/${task.id}`;
    await workbench.get(path);
    await workbench.tasks(task.workflowId);
    await workbench.post(`${path}/heartbeat`, { leaseToken });
    const attachment = await workbench.post(`${path}/attachments?fileName=a`, Buffer.from('abc'));
    await workbench.get(`${path}/attachments`);
    await workbench.get(`${path}/attachments/${attachment}`);
    await workbench.delete(`${path}/attachments/${attachment}`);
    await workbench.post(`${path}/complete`, { leaseToken, output: { a: 1 } });
    const { task: other, leaseToken: another } = await workbench.post('/api/tasks/poll', poll);
    const otherPath = `/api/workflows/${other.workflowId}/tasks/${other.id}`;
    await workbench.post(`${otherPath}/fail`, { leaseToken: another, reason: 'no' });
  }

  async function runAllOfCatalog() {
    const { id } = await new CatalogClient(workbench).importOne(documentOfOurs);
    await workbench.get('/api/catalog/imports');
    await workbench.get(`/api/catalog/imports/${id}/report`);
    const ended = await workbench.call('POST', `/api/catalog/imports/${id}/cancel`);
    assert.equal(ended.status, 409);
    const slow = await workbench.post('/api/catalog/imports', { source: `${target.url}/slow` });
    await workbench.post(`/api/catalog/imports/${slow.id}/cancel`);
    const { content } = await workbench.get('/api/catalog/search?q=user/items/remove&api=tartan&size=1');
    const operation = `/api/catalog/operations/${content[0].id}`;
    await workbench.get(operation);
    await workbench.get(`${operation}/schema?pointer=/components/schemas/UserItemsRemoveRequest`);
    await workbench.post(`${operation}/prepare`, {});
    const apis = await workbench.get('/api/catalog/apis?size=1000');
    const ours = apis.content.find((one) => one.source === documentOfOurs);
    await workbench.get(`/api/catalog/apis/${ours.documentId}`);
    await workbench.delete(`/api/catalog/apis/${ours.documentId}`);
  }

  async function runAllOfCredentials() {
    const bearer = { name: 'a', type: 'Bearer', hosts: ['api.example.com'], token: 'abcdef' };
    const id = await workbench.post('/api/credentials', bearer);
    await workbench.get('/api/credentials');
    await workbench.get(`/api/credentials/${id}`);
    await workbench.put(`/api/credentials/${id}`, bearer);
    await workbench.delete(`/api/credentials/${id}`);
  }

  // Read without the contract, which has a test of its own below.
  async function readSchema() {
    const reply = await get(workbench.base, '/api/schemas/workflow-definition.json', {
      headers: { Authorization: `Bearer ${server.pat}` },
    });
    assert.match(reply.body.$schema, /json-schema/);
    Workbench.operationsCalled.add('getWorkflowDefinitionSchema');
  }

  test('gives the JSON Schema of definitions as the type that the contract names', async () => {
    await workbench.get('/api/schemas/workflow-definition.json');
  });

  test('stands in /openapi.json as in the document', async () => {
    const { body } = await get(workbench.base, '/openapi.json');
    assert.deepEqual(Object.keys(body.paths), Object.keys(workbenchContract().document.paths));
  });
});

describe('a definition', () => {
  test('comes back with every field, null where it is not set, and with its version', async () => {
    const metadata = { x: 1, deep: { y: [true, null] } };
    const sent = oneTask({ description: 'd', metadata });
    sent.tasks.Ask.metadata = { at: [3, 4] };
    const id = await workbench.post(definitions, sent);
    const reply = await workbench.call('GET', `${definitions}/${id}`);
    assert.equal(reply.headers.etag, '"1"');
    const { tasks, createdOn, organizationId, ...rest } = reply.body;
    assert.match(createdOn, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.match(organizationId, /^\w{22}$/);
    assert.deepEqual(rest, {
      id,
      version: 1,
      disabled: false,
      name: 'Test',
      description: 'd',
      startTask: 'Ask',
      timeoutSeconds: null,
      failureWorkflow: null,
      failureWorkflowVersion: null,
      maxConcurrentWorkflows: null,
      variables: null,
      metadata,
    });
    assert.deepEqual(tasks.Ask, {
      type: 'Simple',
      end: true,
      description: null,
      inputParameters: null,
      retry: null,
      nextTask: null,
      metadata: { at: [3, 4] },
    });
    const put = await workbench.call('PUT', `${definitions}/${id}`, reply.body);
    assert.equal(put.status, 200, 'what was read can be written');
  });

  test('is changed only by who knows the latest version', async () => {
    const id = await workbench.post(definitions, oneTask());
    const path = `${definitions}/${id}`;
    const put = (ifMatch, name) =>
      workbench.call('PUT', path, oneTask({ name }), { headers: { 'If-Match': ifMatch } });
    const second = await put('"1"', 'second');
    assert.equal(second.status, 200);
    assert.equal(second.headers.etag, '"2"');
    assert.equal((await put('W/"2"', 'third')).status, 200);
    assert.equal((await put('*', 'fourth')).status, 200);
    assertError(await put('"1"', 'late'), 412);
    assertError(await put('"99"', 'early'), 412);
    assertError(await put('no version', 'odd'), 400);
    const now = await workbench.get(path);
    assert.deepEqual([now.version, now.name], [4, 'fourth']);
    const versions = await workbench.get(`${path}/versions`);
    assert.deepEqual(
      versions.map(({ version }) => version),
      [4, 3, 2, 1],
    );
    assert.equal((await workbench.get(`${path}?version=2`)).name, 'second');
    await workbench.fail(404, 'GET', `${path}?version=5`);
  });

  test('is changed only by who says the version as RFC 9110 writes it', async () => {
    const id = await workbench.post(definitions, oneTask());
    const put = (ifMatch) =>
      workbench.call('PUT', `${definitions}/${id}`, oneTask(), {
        headers: { 'If-Match': ifMatch },
      });
    const any = await put('"7", "1"');
    assert.equal(any.status, 200, `one of a list: ${any.text}`);
    for (const odd of ['"v2x"', 'version 2', '"-2"', '2.0']) {
      const { status } = await put(odd);
      assert.ok(status === 400 || status === 412, `${odd} is not version 2: ${status}`);
    }
  });

  test('is changed by one of two who change it at once', async () => {
    const id = await workbench.post(definitions, oneTask());
    const puts = Array.from({ length: 8 }, (_, i) =>
      workbench.call('PUT', `${definitions}/${id}`, oneTask({ name: `${i}` }), {
        headers: { 'If-Match': '"1"' },
      }),
    );
    const statuses = (await Promise.all(puts)).map(({ status }) => status);
    assert.equal(statuses.filter((status) => status === 200).length, 1, statuses.join());
    assert.equal((await workbench.get(`${definitions}/${id}`)).version, 2);
  });

  test('that does not hold is answered with every problem, its place and a hint', async () => {
    const wrong = {
      name: 'Wrong',
      startTask: 'Strat',
      colour: 'blue',
      tasks: {
        Start: { type: 'Simple', nextTask: 'Nowhere' },
        Call: { type: 'Http', httpRequest: { url: 'https://a.example/${Start.output' }, end: true },
        Pause: { type: 'Wait', end: true },
        Choose: { type: 'Decision', choices: [{ condition: '$.a >', nextTask: 'Start' }] },
      },
    };
    const { problems } = await workbench.fail(400, 'POST', definitions, wrong);
    const pointers = problems.map(({ pointer }) => pointer);
    const expected = [
      '/startTask',
      '/colour',
      '/tasks/Start/nextTask',
      '/tasks/Call/httpRequest/url',
      '/tasks/Pause',
      '/tasks/Choose/choices/0/condition',
      '/tasks/Choose/defaultTask',
    ];
    for (const pointer of expected)
      assert.ok(pointers.includes(pointer), `${pointer} of ${pointers}`);
    assert.match(problems.find(({ pointer }) => pointer === '/startTask').hint, /Start/);
    const said = await workbench.post(`${definitions}/validate`, wrong);
    assert.equal(said.valid, false);
    assert.deepEqual(said.problems, problems);
    const id = await workbench.post(definitions, oneTask());
    await workbench.fail(400, 'PUT', `${definitions}/${id}`, wrong);
    assert.equal((await workbench.get(`${definitions}/${id}`)).version, 1);
  });

  test('that is disabled starts nothing until it is enabled', async () => {
    const id = await workbench.post(definitions, oneTask());
    await workbench.post(`${definitions}/${id}/disable`);
    assert.equal((await workbench.get(`${definitions}/${id}`)).disabled, true);
    await workbench.fail(409, 'POST', '/api/workflows', { workflowDefinitionId: id });
    await workbench.post(`${definitions}/${id}/enable`);
    await workbench.start(id);
  });

  test('that is deleted is gone, and its runs go on', async () => {
    const id = await workbench.define({ Ask: simple() });
    const run = await workbench.start(id);
    await workbench.delete(`${definitions}/${id}`);
    for (const [method, path, body] of [
      ['GET', `${definitions}/${id}`],
      ['PUT', `${definitions}/${id}`, oneTask()],
      ['DELETE', `${definitions}/${id}`],
      ['GET', `${definitions}/${id}/versions`],
      ['GET', `${definitions}/${id}/workflows`],
      ['POST', `${definitions}/${id}/enable`],
      ['POST', '/api/workflows', { workflowDefinitionId: id }],
    ]) {
      await workbench.fail(404, method, path, body);
    }
    const task = await workbench.task(run, 'Ask');
    await workbench.post(`/api/workflows/${run}/tasks/${task.id}/complete`);
    assert.equal((await workbench.reaches(run)).status, 'Completed');
  });

  test('is found by a part of its name, taken as it is written', async () => {
    const names = ['Order 100% done', 'order_by', 'ORDER xby', 'Bill'];
    for (const name of names) await workbench.post(definitions, oneTask({ name }));
    const find = async (q) => {
      const { content } = await workbench.get(`${definitions}?q=${encodeURIComponent(q)}`);
      return content.map(({ name }) => name).sort();
    };
    assert.deepEqual(await find('order'), ['ORDER xby', 'Order 100% done', 'order_by']);
    assert.deepEqual(await find('ill'), ['Bill']);
    assert.deepEqual(await find('nothing'), []);
    assert.deepEqual(await find('0%'), ['Order 100% done']);
    assert.deepEqual(await find('r_b'), ['order_by'], 'an underscore is an underscore');
    assert.deepEqual(await find('%'), ['Order 100% done'], 'a percent sign is a percent sign');
  });

  test('is listed page by page, newest change first, none twice and none left out', async () => {
    const made = [];
    for (let i = 0; i < 12; i += 1) made.push(await workbench.post(definitions, oneTask()));
    // Changes of one millisecond stand in the order of their ids.
    for (const last = Date.now(); Date.now() <= last + 1; );
    await workbench.put(`${definitions}/${made[3]}`, oneTask());
    const all = await workbench.all(definitions, 1000);
    for (const size of [1, 5, 7]) {
      const paged = await workbench.all(definitions, size);
      assert.deepEqual(
        paged.map(({ id }) => id),
        all.map(({ id }) => id),
      );
    }
    assert.equal(all[0].id, made[3], 'the one that was changed last comes first');
    assert.equal(all[0].version, 2);
  });
});

describe('access', () => {
  const calls = {
    read: ['GET', '/api/workflows'],
    run: ['POST', '/api/workflows', { workflowDefinitionId: 'none' }],
    edit: ['POST', definitions, {}],
    admin: ['GET', '/api/tokens'],
  };

  test('ends where the scope of a token ends', async () => {
    const scopes = Object.keys(calls);
    for (const [at, scope] of scopes.entries()) {
      const caller = await workbench.withScopes([scope]);
      for (const [needed, [method, path, body]] of Object.entries(calls)) {
        const { status, text } = await caller.call(method, path, body);
        const said = `${scope} calls ${method} ${path}: ${text}`;
        if (scopes.indexOf(needed) > at) assert.equal(status, 403, said);
        else assert.ok(status !== 401 && status !== 403, said);
      }
    }
  });

  test('of every operation takes the scope that the contract names, and not less', async () => {
    const less = { run: 'read', edit: 'run', admin: 'edit' };
    const callers = {};
    for (const scope of Object.values(less)) callers[scope] = await workbench.withScopes([scope]);
    for (const { pattern, item } of workbenchContract().paths) {
      for (const [method, { operationId, 'x-tartan-scope': scope }] of Object.entries(item)) {
        if (!(scope in less)) continue;
        const path = pattern.replace(/\{\w+\}/g, 'x');
        const { status } = await callers[less[scope]].call(method.toUpperCase(), path);
        assert.equal(status, 403, operationId);
      }
    }
  });

  test('ends when a token is revoked or expires', async () => {
    const revoked = await workbench.withScopes(['read']);
    await revoked.get('/api/workflows');
    await workbench.post(`/api/tokens/${revoked.tokenId}/revoke`);
    await revoked.fail(401, 'GET', '/api/workflows');
    const expires_at = new Date(Date.now() + 1500).toISOString();
    const expiring = await workbench.withScopes(['read'], { expires_at });
    await expiring.get('/api/workflows');
    await until('the token has expired', async () => {
      const { status } = await expiring.call('GET', '/api/workflows');
      return status === 401;
    });
    assert.ok(Date.now() >= Date.parse(expires_at) - 1000, 'not long before its time');
  });

  test('takes a token', async () => {
    const headers = ['', 'Bearer', 'Bearer ', 'Bearer x', `Basic ${server.pat}`, server.pat];
    const wrong = [undefined, ...headers, `Bearer ${server.pat}x`, `Bearer ${server.pat} `];
    for (const value of wrong) {
      const options = value === undefined ? {} : { headers: { Authorization: value } };
      const reply = await get(workbench.base, '/api/workflows', options);
      if (value?.endsWith(' ') && reply.status === 200) continue; // blanks at the end are trimmed
      assertError(reply, 401);
    }
    const nobody = new Workbench(server, null);
    await nobody.fail(401, 'GET', '/api/no-such-path');
    await nobody.fail(401, 'POST', definitions, '{broken');
  });

  test('is told how it is had: 401 names the scheme', async () => {
    const reply = await get(workbench.base, '/api/workflows');
    assert.match(reply.headers['www-authenticate'] ?? '', /^Bearer/);
  });

  test('leaves a trace of what was changed, and by whom', async () => {
    const editor = await workbench.withScopes(['edit']);
    const id = await editor.post(definitions, oneTask());
    await editor.put(`${definitions}/${id}`, oneTask());
    await editor.delete(`${definitions}/${id}`);
    const entries = (await workbench.all('/api/audit', 1000)).filter(
      ({ subject }) => subject === id,
    );
    assert.deepEqual(
      entries.map(({ action }) => action),
      ['definition.delete', 'definition.put', 'definition.create'],
    );
    for (const { by } of entries) assert.equal(by, editor.tokenId);
    const paged = await workbench.all('/api/audit', 5);
    const whole = await workbench.all('/api/audit', 1000);
    assert.deepEqual(paged, whole);
  });

  test('so do clients, their secrets and tokens, in one list with the rest', async () => {
    const admin = await workbench.withScopes(['admin']);
    const client = await admin.post('/api/clients', { name: 'watched' });
    const rotate = `/api/clients/${client.client_id}/rotate-secret`;
    await admin.post(rotate, { environment: 'sandbox' });
    // Between two databases only the time tells what was first.
    const tick = (from = Date.now()) =>
      until('the next millisecond', () => Date.now() > from, { everyMs: 1 });
    await tick();
    const defined = await admin.post(definitions, oneTask());
    await tick();
    await admin.post(rotate, { environment: 'production' });
    const token = await admin.post('/api/tokens', { scopes: ['read'] });
    await admin.post(`/api/tokens/${token.token_id}/revoke`);
    // What changes nothing leaves no trace.
    await admin.fail(404, 'POST', `/api/tokens/${token.token_id}/revoke`);
    await admin.fail(404, 'POST', '/api/clients/nobody/rotate-secret', { environment: 'sandbox' });
    await admin.fail(409, 'POST', '/api/clients', { client_id: client.client_id });

    const whole = await workbench.all('/api/audit', 1000);
    assert.deepEqual(
      whole.filter(({ by }) => by === admin.tokenId).map((one) => [one.action, one.subject]),
      [
        ['token.revoke', token.token_id],
        ['token.create', token.token_id],
        ['client.rotate-production-secret', client.client_id],
        ['definition.create', defined],
        ['client.rotate-sandbox-secret', client.client_id],
        ['client.create', client.client_id],
      ],
    );
    const times = whole.map(({ at }) => at);
    assert.deepEqual(times, times.toSorted().reverse());
    // The first start's own client and token are where it began.
    assert.deepEqual(
      whole.slice(-2).map(({ by, action }) => `${by} ${action}`),
      ['local client.create', 'local token.create'],
    );
  });

  test('and a page goes on where the last one ended, whatever comes meanwhile', async () => {
    await workbench.post(definitions, oneTask());
    const before = await workbench.all('/api/audit', 1000);
    // The first page holds rows of one database only: what comes to the other is newer.
    const first = await workbench.get('/api/audit?size=1');
    const pages = [first];
    while (pages.at(-1).next !== null) {
      await workbench.post('/api/tokens', { scopes: ['read'] });
      await workbench.post(definitions, oneTask());
      pages.push(await workbench.get(`/api/audit?size=7&next=${pages.at(-1).next}`));
    }
    assert.deepEqual(pages.flatMap(({ content }) => content), before);
  });
});
