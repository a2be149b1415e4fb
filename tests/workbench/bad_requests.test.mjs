// Proves that whatever is wrong with a request to the workbench is answered with an error that says
// so, in the shape of the contract, and changes nothing: queries, cursors, bodies, types, sizes,
// methods, paths and things that do not exist.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { RawConnection } from '../support/raw_connection.mjs';
import { get, request, startServer } from '../support/server.mjs';
import { Workbench, assertError, definition, simple, wait } from '../support/workbench.mjs';

const definitions = '/api/workflow-definitions';
const oneTask = () => definition({ Ask: simple() });

let server;
let workbench;

before(async () => {
  server = await startServer({ args: ['--ephemeral'] });
  workbench = new Workbench(server);
});

after(() => server?.stop());

describe('a request that is wrong', () => {
  const raw = (method, path, body, headers = {}) =>
    request(method, workbench.base, path, body, {
      headers: { Authorization: `Bearer ${server.pat}`, ...headers },
    });

  test('in its query is answered 400 with the name of the parameter', async () => {
    const id = await workbench.post(definitions, oneTask());
    const wrong = [
      ['/api/workflows?colour=blue', /colour/],
      ['/api/workflows?size=0', /^the query parameter size must be at least 1$/],
      ['/api/workflows?size=1001', /^the query parameter size must be at most 1000$/],
      ['/api/workflows?size=-1', /size/],
      ['/api/workflows?size=ten', /size/],
      ['/api/workflows?size=', /size/],
      ['/api/workflows?size=1.5', /size/],
      ['/api/workflows?size=99999999999999999999', /size/],
      ['/api/workflows?status=running', /status/],
      ['/api/workflows?sequenceNumber=0', /sequenceNumber/],
      ['/api/workflows?startedAfter=yesterday', /startedAfter/],
      ['/api/workflows?startedBefore=2026-13-01T00:00:00Z', /startedBefore/],
      ['/api/workflows?q=1', /q/],
      [`${definitions}?next=abc`, /next/],
      [`${definitions}?next=9999999999999999999999.x`, /next/],
      [`${definitions}/${id}?version=0`, /version/],
      ['/api/audit?next=-1', /next/],
      ['/api/audit?next=7', /next/],
      ['/api/audit?next=0.1', /next/],
      ['/api/audit?next=1.2.3', /next/],
      ['/api/audit?next=1.99999999999999999999', /next/],
      ['/api/workflows?%ff=1', /UTF-8|query/],
      ['/api/workflows?size=%zz', /UTF-8|query/],
    ];
    for (const [path, named] of wrong) {
      const { message } = await workbench.fail(400, 'GET', path);
      assert.match(message, named, path);
    }
  });

  test('in the cursor of a list is answered 400, not with some page', async () => {
    for (const next of ['abc', '%27', '~~', '0', 'x'.repeat(5000)]) {
      for (const list of ['/api/workflows', '/api/tasks']) {
        const { status, text } = await workbench.call('GET', `${list}?next=${next}`);
        assert.equal(status, 400, `${list}?next=${next.slice(0, 9)}: ${text}`);
      }
    }
  });

  const start = '/api/workflows';
  const nested = '['.repeat(5000) + ']'.repeat(5000);
  const bodies = [
    ['is empty', start, '', 400],
    ['is no JSON', start, '{"workflowDefinitionId": ', 400],
    ['has something behind it', start, '{"workflowDefinitionId":"a"} x', 400],
    ['is an array', start, '[]', 400],
    ['is a text', start, '"a"', 400],
    ['is null', start, 'null', 400],
    ['lacks a field', start, '{}', 400],
    ['has a field twice', start, '{"workflowDefinitionId":"a","workflowDefinitionId":"b"}', 400],
    ['has an unknown field', start, '{"workflowDefinitionId":"a","colour":1}', 400],
    ['has a number for a text', start, '{"workflowDefinitionId":7}', 400],
    ['has a text for an object', start, '{"workflowDefinitionId":"a","input":"b"}', 400],
    ['has an array for an object', start, '{"workflowDefinitionId":"a","input":[1]}', 400],
    [
      'has a fraction for a version',
      start,
      '{"workflowDefinitionId":"a","workflowDefinitionVersion":1.5}',
      400,
    ],
    ['has a version 0', start, '{"workflowDefinitionId":"a","workflowDefinitionVersion":0}', 400],
    ['has a blank id', start, '{"workflowDefinitionId":" "}', 400],
    ['has NUL in a text', start, '{"workflowDefinitionId":"a\\u0000b"}', 400],
    ['is no UTF-8', start, Buffer.from('{"workflowDefinitionId":"\xff"}', 'latin1'), 400],
    ['has half a surrogate pair', start, '{"workflowDefinitionId":"\\ud800"}', 400],
    ['begins with a byte order mark', start, '\ufeff{"workflowDefinitionId":"a"}', 400],
    ['is nested too deep', start, `{"workflowDefinitionId":"a","input":{"a":${nested}}}`, 400],
    [
      'has a number that no double holds',
      start,
      '{"workflowDefinitionId":"a","input":{"n":1e999}}',
      400,
    ],
    ['has names that are reserved', start, '{"workflowDefinitionId":"a","input":{"swf:x":1}}', 400],
    ['is a definition in an array', definitions, '[{}]', 400],
    ['is an empty definition', definitions, '{}', 400],
    ['names no definition that there is', start, '{"workflowDefinitionId":"none"}', 404],
  ];
  for (const [what, path, body, status] of bodies) {
    test(`because its body ${what} is answered ${status}`, async () => {
      assertError(await raw('POST', path, body), status);
    });
  }

  test('with a field twice inside the input is refused, not guessed at', async () => {
    const id = await workbench.post(definitions, oneTask());
    const body = `{"workflowDefinitionId":"${id}","input":{"to":"a","to":"b"}}`;
    assertError(await raw('POST', start, body), 400);
  });

  test('with a body of another type is refused', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      '',
    ]) {
      const reply = await raw('POST', definitions, '{}', { 'Content-Type': type });
      assert.ok([400, 415].includes(reply.status), `${type}: ${reply.status}`);
      assertError(reply, reply.status);
      assert.match(reply.body.message, /application\/json/, type);
    }
    const id = await workbench.post(definitions, oneTask());
    const utf8 = { 'Content-Type': 'Application/JSON; charset=utf-8' };
    const good = await raw('POST', start, { workflowDefinitionId: id }, utf8);
    assert.equal(good.status, 200);
  });

  test('with too large a body is answered 413', async () => {
    const connection = await RawConnection.open(workbench.base);
    connection.send(
      `POST ${definitions} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${server.pat}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 200000000\r\n\r\n{',
    );
    const reply = await connection.reply();
    connection.destroy();
    assert.equal(reply.status, 413);
    assert.equal(reply.body.status, 413);
  });

  test('with a definition or a task beyond its limits says which', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 1001 }, (_, i) => [`T${i}`, simple({ nextTask: `T${i + 1}` })]),
    );
    many.T1001 = simple();
    const { message } = await workbench.fail(400, 'POST', definitions, definition(many));
    assert.match(message, /1000 tasks/);
    const long = definition({ ['n'.repeat(81)]: simple() });
    await workbench.fail(400, 'POST', definitions, long);
    const circle = { A: wait(0, { nextTask: 'B' }), B: wait(0, { nextTask: 'A' }) };
    await workbench.fail(400, 'POST', definitions, definition(circle));
  });

  test('with a method that a path does not take is answered 405, which names those', async () => {
    const wrong = [
      ['PUT', '/api/workflows', 'GET, POST'],
      ['DELETE', '/api/tasks', 'GET'],
      ['PATCH', `${definitions}/x`, 'GET, PUT, DELETE'],
      ['GET', '/api/tasks/poll', 'POST'],
    ];
    for (const [method, path] of wrong) assertError(await raw(method, path), 405);
    for (const [method, path, allowed] of wrong) {
      const { headers } = await raw(method, path);
      const named = (headers.allow ?? '').split(/, */).filter((name) => !/HEAD|OPTIONS/.test(name));
      assert.deepEqual(named.sort(), allowed.split(', ').sort(), `${method} ${path}`);
    }
  });

  test('to nowhere is answered 404', async () => {
    const paths = [
      '/api',
      '/api/',
      '/api/nothing',
      '/api//workflows',
      '/api/workflows/',
      '/api/x/y/z',
    ];
    const odd = [
      '/api/workflows/%00',
      '/api/workflows/%ff',
      '/api/workflows/%2e%2e',
      '/api/../healthz',
    ];
    for (const path of [...paths, ...odd, '/api/workflows/a%2Fb', '/API/workflows']) {
      assertError(await raw('GET', path), 404);
    }
  });

  test('about something that does not exist is answered 404', async () => {
    const run = await workbench.start(await workbench.define({ Ask: simple() }));
    const inRun = `/api/workflows/${run}`;
    const nowhere = [
      ['GET', '/api/workflows/none'],
      ['DELETE', '/api/workflows/none'],
      ['GET', '/api/workflows/none/history'],
      ['GET', '/api/workflows/none/events'],
      ['GET', '/api/workflows/none/tasks'],
      ['POST', '/api/workflows/none/pause'],
      ['POST', '/api/workflows/none/resume'],
      ['POST', '/api/workflows/none/terminate'],
      ['POST', '/api/workflows/none/retry'],
      ['POST', '/api/workflows/none/restart'],
      ['POST', '/api/workflows/none/rerun', { taskId: 'a' }],
      ['POST', `${inRun}/rerun`, { taskId: 'a' }, 409],
      ['GET', `${inRun}/tasks/none`],
      ['GET', `${inRun}/tasks/none/attachments`],
      ['POST', `${inRun}/tasks/none/complete`],
      ['POST', `${inRun}/tasks/none/fail`],
      ['POST', `${inRun}/tasks/none/heartbeat`, { leaseToken: 'a' }],
      ['GET', `${definitions}/none`],
      ['GET', '/api/credentials/none'],
      ['POST', '/api/tokens/none/revoke'],
      ['POST', '/api/clients/none/rotate-secret', { environment: 'sandbox' }],
    ];
    for (const [method, path, body, status = 404] of nowhere) {
      await workbench.fail(status, method, path, body);
    }
  });

  test('with HEAD instead of GET is answered without a body', async () => {
    for (const path of ['/api/workflows', definitions]) {
      const reply = await raw('HEAD', path);
      assert.deepEqual([reply.status, reply.text], [200, '']);
    }
  });

  test('with HEAD for a stream is answered and ends', async () => {
    const signal = AbortSignal.timeout(2000);
    const reply = await request('HEAD', workbench.base, '/api/workflows/events', undefined, {
      headers: { Authorization: `Bearer ${server.pat}`, Connection: 'close' },
      signal,
    });
    assert.equal(reply.status, 200);
  });

  test('leaves the server as it was', async () => {
    await workbench.get('/api/workflows');
    assert.equal((await get(workbench.base, '/healthz')).status, 200);
  });
});
