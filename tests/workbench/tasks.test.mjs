// Proves how Simple tasks get done from outside: workers poll with a lease, get different tasks
// when they ask at once, lose a task whose lease expires to the next worker, and keep it with
// heartbeats; people end tasks without a lease; files can be attached, read back byte by byte, and
// belong to their own task only.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { get, request, startServer, until } from '../support/server.mjs';
import { Workbench, assertError, simple } from '../support/workbench.mjs';

let server;
let workbench;

before(async () => {
  server = await startServer({ args: ['--ephemeral'] });
  workbench = new Workbench(server);
});

after(() => server?.stop());

const pathOf = (task) => `/api/workflows/${task.workflowId}/tasks/${task.id}`;

async function asking(more = {}) {
  const id = await workbench.define({ Ask: simple({ end: true, ...more }) });
  const poll = (options = {}) =>
    workbench.call(
      'POST',
      '/api/tasks/poll',
      { workflowDefinitionId: id, taskName: 'Ask', ...options },
      { signal: AbortSignal.timeout(5000 + 1000 * (options.waitSeconds ?? 0)) },
    );
  const lease = async (options) => {
    const reply = await poll(options);
    assert.equal(reply.status, 200, `a task was there: ${reply.status}`);
    return { ...reply.body, path: pathOf(reply.body.task) };
  };
  return { id, poll, lease, start: (input) => workbench.start(id, input) };
}

describe('a worker', () => {
  test('polls, works and completes with the lease', async () => {
    const { start, lease, poll } = await asking({ inputParameters: { n: '${workflow.input.n}' } });
    const run = await start({ n: { deep: [1] } });
    const { task, leaseToken, leasedUntil, path } = await lease({
      workerId: 'w1',
      leaseSeconds: 30,
    });
    assert.deepEqual([task.workflowId, task.taskName, task.status], [run, 'Ask', 'InProgress']);
    assert.deepEqual(task.input.n, { deep: [1] });
    for (const key of [
      'taskName',
      'workflowId',
      'createdOn',
      'updatedOn',
      'createdBy',
      'updatedBy',
    ]) {
      assert.ok(`swf:${key}` in task.input, key);
    }
    assert.equal(task.workerId, 'w1');
    const forMs = Date.parse(leasedUntil) - Date.now();
    assert.ok(forMs > 25_000 && forMs <= 30_000, `${forMs} ms`);
    assert.equal((await poll()).status, 204, 'it is nobody else’s');
    const done = await workbench.post(`${path}/complete`, { leaseToken, output: { ok: [true] } });
    assert.deepEqual([done.status, done.output], ['Completed', { ok: [true] }]);
    const ended = await workbench.reaches(run);
    assert.deepEqual([ended.status, ended.output], ['Completed', { ok: [true] }]);
    const again = await workbench.fail(409, 'POST', `${path}/complete`, { leaseToken });
    assert.match(again.message, /Completed/);
  });

  test('fails a task with its reason, and the workflow with it', async () => {
    const { start, lease } = await asking();
    const run = await start();
    const { leaseToken, path } = await lease();
    const failed = await workbench.post(`${path}/fail`, { leaseToken, reason: 'no such order' });
    assert.deepEqual([failed.status, failed.failedReason], ['Failed', 'no such order']);
    const ended = await workbench.workflow(run);
    assert.equal(ended.status, 'Failed');
    assert.match(ended.failedReason, /no such order/);
    assert.equal(ended.failedTaskId, failed.id);
  });

  test('that waits is answered the moment a task comes', async () => {
    const { start, poll } = await asking();
    const waiting = poll({ waitSeconds: 20 });
    await workbench.get('/api/workflows'); // the poll is on its way before the start
    const startedAt = performance.now();
    const run = await start();
    const reply = await waiting;
    assert.equal(reply.status, 200);
    assert.equal(reply.body.task.workflowId, run);
    assert.ok(performance.now() - startedAt < 1000, 'within a second');
  });

  test('that has gone while it waited gets nothing: the next one does', async () => {
    const { id, start, poll } = await asking();
    for (let round = 0; round < 5; round += 1) {
      const gone = new AbortController();
      const waiting = workbench
        .call(
          'POST',
          '/api/tasks/poll',
          { workflowDefinitionId: id, taskName: 'Ask', waitSeconds: 50, leaseSeconds: 600 },
          { signal: gone.signal },
        )
        .catch(() => 'gone');
      await workbench.get('/api/workflows'); // the poll is on its way before it is cut
      gone.abort();
      assert.equal(await waiting, 'gone');
      const run = await start();
      const next = await poll({ waitSeconds: 5, leaseSeconds: 600 });
      assert.equal(next.status, 200, `round ${round}`);
      assert.equal(next.body.task.workflowId, run);
    }
  });

  test('that waits in vain is told so when its time is up', async () => {
    const { poll } = await asking();
    const startedAt = performance.now();
    assert.equal((await poll({ waitSeconds: 1 })).status, 204);
    const tookMs = performance.now() - startedAt;
    assert.ok(tookMs > 900 && tookMs < 3000, `${tookMs} ms`);
  });

  test('gets a task that no other has, though they all ask at once', async () => {
    const { start, poll } = await asking();
    const polls = Array.from({ length: 10 }, (_, i) =>
      poll({ waitSeconds: 10, workerId: `w${i}` }),
    );
    await Promise.all(Array.from({ length: 10 }, () => start()));
    const replies = await Promise.all(polls);
    assert.deepEqual(
      replies.map(({ status }) => status),
      replies.map(() => 200),
    );
    assert.equal(new Set(replies.map(({ body }) => body.task.id)).size, 10);
    const tokens = new Set(replies.map(({ body }) => body.leaseToken));
    assert.equal(tokens.size, 10);
    assert.equal((await poll()).status, 204);
  });

  test('gets one of two, and not both, when two ask for the same', async () => {
    const { start, poll } = await asking();
    for (let round = 0; round < 10; round += 1) {
      await start();
      const statuses = (await Promise.all([poll(), poll()])).map(({ status }) => status).sort();
      assert.deepEqual(statuses, [200, 204], `round ${round}`);
    }
  });

  test('loses a task when its lease expires, and is told 409 when it comes late', async () => {
    const { start, lease } = await asking();
    const run = await start();
    const first = await lease({ workerId: 'slow', leaseSeconds: 1 });
    const second = await lease({ workerId: 'next', leaseSeconds: 30, waitSeconds: 10 });
    assert.equal(second.task.id, first.task.id);
    assert.notEqual(second.leaseToken, first.leaseToken);
    const stale = { leaseToken: first.leaseToken };
    for (const action of ['complete', 'fail', 'heartbeat']) {
      await workbench.fail(409, 'POST', `${first.path}/${action}`, stale);
    }
    const done = { leaseToken: second.leaseToken, output: { by: 'next' } };
    await workbench.post(`${second.path}/complete`, done);
    assert.deepEqual((await workbench.reaches(run)).output, { by: 'next' });
    const types = (await workbench.history(run)).map(({ type }) => type);
    assert.deepEqual(
      types.filter((type) => type.startsWith('Lease')),
      ['LeaseGranted', 'LeaseExpired', 'LeaseGranted'],
    );
  });

  test('gives a task back when it goes away: it is free again after the lease', async () => {
    const { start, lease, poll } = await asking();
    await start();
    await lease({ leaseSeconds: 1 });
    assert.equal((await poll()).status, 204);
    await until('it is free again', async () => {
      const { status } = await poll({ leaseSeconds: 60 });
      return status === 200;
    });
  });

  test('keeps a task with heartbeats', async () => {
    const { start, lease, poll } = await asking();
    await start();
    const { leaseToken, path } = await lease({ leaseSeconds: 1 });
    const keptUntil = Date.now() + 2200;
    while (Date.now() < keptUntil) {
      const kept = await workbench.post(`${path}/heartbeat`, { leaseToken, leaseSeconds: 1 });
      assert.ok(Date.parse(kept.leasedUntil) > Date.now());
      assert.equal((await poll()).status, 204);
    }
    await workbench.post(`${path}/complete`, { leaseToken });
    await workbench.fail(409, 'POST', `${path}/heartbeat`, { leaseToken });
  });

  test('can’t work with a lease of its own making', async () => {
    const { start, lease } = await asking();
    await start();
    const { path, task } = await lease({ workerId: 'holder' });
    for (const leaseToken of ['lease-x', `lease-${'a'.repeat(32)}`, task.id]) {
      for (const action of ['complete', 'fail', 'heartbeat']) {
        await workbench.fail(409, 'POST', `${path}/${action}`, { leaseToken });
      }
    }
    await workbench.fail(400, 'POST', `${path}/heartbeat`, {});
    const { message } = await workbench.fail(409, 'POST', `${path}/complete`, {});
    assert.match(message, /holder/, 'who has it is said');
    const shown = JSON.stringify([
      await workbench.history(task.workflowId),
      await workbench.get(path),
    ]);
    assert.ok(!/lease-\w{20}/.test(shown), 'no lease token is shown');
  });

  test('is refused a poll that is wrong', async () => {
    const { id } = await asking();
    const good = { workflowDefinitionId: id, taskName: 'Ask' };
    const wrong = [
      {},
      { workflowDefinitionId: id },
      { ...good, waitSeconds: 61 },
      { ...good, waitSeconds: -1 },
      { ...good, waitSeconds: 1.5 },
      { ...good, leaseSeconds: 0 },
      { ...good, leaseSeconds: 86_401 },
      { ...good, workerId: 7 },
      { ...good, workerId: 'w'.repeat(201) },
      { ...good, more: 1 },
    ];
    for (const body of wrong) await workbench.fail(400, 'POST', '/api/tasks/poll', body);
    const reader = await workbench.withScopes(['read']);
    await reader.fail(403, 'POST', '/api/tasks/poll', good);
  });
});

describe('a person', () => {
  test('completes and fails tasks without a lease, and the history says who', async () => {
    const { start } = await asking();
    const [done, failed] = [await start(), await start()];
    const complete = await workbench.task(done, 'Ask');
    await workbench.post(`${pathOf(complete)}/complete`);
    assert.deepEqual((await workbench.reaches(done)).output, {});
    const fail = await workbench.task(failed, 'Ask');
    await workbench.post(`${pathOf(fail)}/fail`);
    assert.equal((await workbench.reaches(failed)).status, 'Failed');
    const completed = (await workbench.history(done)).find(({ type }) => type === 'TaskCompleted');
    assert.match(completed.by, /^pat_/);
  });

  test('sees the inbox: what waits, who has it and until when', async () => {
    const { id, start, lease } = await asking();
    const runs = [await start(), await start()];
    const { task } = await lease({ workerId: 'w1' });
    const { content } = await workbench.get(`/api/tasks?workflowDefinitionId=${id}&taskName=Ask`);
    assert.deepEqual(content.map(({ workflowId }) => workflowId).sort(), [...runs].sort());
    const leased = content.find((one) => one.id === task.id);
    const free = content.find((one) => one.id !== task.id);
    assert.equal(leased.workerId, 'w1');
    assert.ok(Date.parse(leased.leasedUntil) > Date.now());
    assert.deepEqual([free.workerId, free.leasedUntil], [null, null]);
    const other = await workbench.get(`/api/tasks?workflowDefinitionId=${id}&taskName=Other`);
    assert.deepEqual(other.content, []);
  });

  test('who was faster wins: the other is told 409', async () => {
    const { start } = await asking();
    for (let round = 0; round < 5; round += 1) {
      const run = await start();
      const path = pathOf(await workbench.task(run, 'Ask'));
      const acts = ['complete', 'fail', 'complete', 'fail'].map((action) =>
        workbench.call('POST', `${path}/${action}`, {}),
      );
      const statuses = (await Promise.all(acts)).map(({ status }) => status).sort();
      assert.deepEqual(statuses, [200, 409, 409, 409]);
    }
  });

  test('can’t end a task that the server runs', async () => {
    const id = await workbench.define({ Wait: { type: 'Wait', seconds: 3600, end: true } });
    const task = await workbench.task(await workbench.start(id), 'Wait');
    const { message } = await workbench.fail(409, 'POST', `${pathOf(task)}/complete`);
    assert.match(message, /run by the server/);
    await workbench.fail(409, 'POST', `${pathOf(task)}/heartbeat`, { leaseToken: 'a' });
  });

  test('is refused an output that is no object', async () => {
    const { start } = await asking();
    const path = pathOf(await workbench.task(await start(), 'Ask'));
    for (const output of [1, 'a', [1], true]) {
      await workbench.fail(400, 'POST', `${path}/complete`, { output });
    }
    await workbench.fail(400, 'POST', `${path}/complete`, { result: {} });
    await workbench.fail(400, 'POST', `${path}/fail`, { reason: 'x'.repeat(4001) });
    await workbench.post(`${path}/complete`, { output: null });
  });
});

// With a server of its own: a poll that is never answered would keep the others waiting.
describe('a worker that polls while workflows are paused', () => {
  let own;

  before(async () => {
    own = await startServer({ args: ['--ephemeral'] });
    workbench = new Workbench(own);
  });

  after(async () => {
    await own?.kill();
    workbench = new Workbench(server);
  });

  test('gets no task of a workflow that is paused, and all again when it goes on', async () => {
    const { start, poll } = await asking();
    const run = await start();
    await workbench.post(`/api/workflows/${run}/pause`);
    assert.equal((await poll()).status, 204);
    const waiting = poll({ waitSeconds: 10 });
    await workbench.get('/api/workflows');
    await workbench.post(`/api/workflows/${run}/resume`);
    assert.equal((await waiting).status, 200);
  });

  test('gets another task while the oldest ones belong to paused workflows', async () => {
    const { start, poll } = await asking();
    for (let i = 0; i < 20; i += 1) {
      await workbench.post(`/api/workflows/${await start()}/pause`);
    }
    const run = await start();
    const reply = await poll({ waitSeconds: 5 });
    assert.equal(reply.status, 200, 'the task of the running workflow is found');
    assert.equal(reply.body.task.workflowId, run);
  });
});

describe('attachments and their size', () => {
  test('have a limit of their own, beside that of other bodies', async () => {
    const own = await startServer({
      args: ['--ephemeral', '--body-bytes-max', '2000', '--attachment-bytes-max', '100000'],
    });
    try {
      const limited = new Workbench(own);
      const run = await limited.start(await limited.define({ Ask: simple() }));
      const path = `${pathOf(await limited.task(run, 'Ask'))}/attachments`;
      const put = (size, chunked) =>
        limited.call('POST', `${path}?fileName=f`, randomBytes(size), {
          headers: chunked ? { 'Transfer-Encoding': 'chunked' } : {},
        });
      for (const chunked of [false, true]) {
        const most = await put(100_000, chunked);
        assert.equal(most.status, 200, most.text);
        assertError(await put(100_001, chunked), 413);
        const headers = chunked ? { 'Transfer-Encoding': 'chunked' } : {};
        const body = JSON.stringify({ reason: 'x'.repeat(2000) });
        const other = path.replace(/attachments$/, 'fail');
        assertError(await limited.call('POST', other, body, { headers }), 413);
      }
      assert.deepEqual(
        (await limited.get(path)).map(({ sizeInBytes }) => sizeInBytes),
        [100_000, 100_000],
      );
    } finally {
      await own.stop();
    }
  });

  test('may have 16 MiB without a setting', async () => {
    const { start } = await asking();
    const path = `${pathOf(await workbench.task(await start(), 'Ask'))}/attachments`;
    const bytes = randomBytes(16 * 1024 * 1024);
    const id = await workbench.post(`${path}?fileName=large`, bytes);
    const [kept] = await workbench.get(path);
    assert.deepEqual([kept.id, kept.sizeInBytes], [id, bytes.length]);
    const more = await workbench.call('POST', `${path}?fileName=f`, Buffer.alloc(bytes.length + 1));
    assertError(more, 413);
  });
});

describe('attachments', () => {
  let run;
  let task;
  let path;
  let other;

  before(async () => {
    const { start } = await asking();
    run = await start();
    task = await workbench.task(run, 'Ask');
    path = `${pathOf(task)}/attachments`;
    other = `${pathOf(await workbench.task(await start(), 'Ask'))}/attachments`;
  });

  const upload = (to, fileName, bytes, type = 'application/octet-stream') =>
    workbench.call('POST', `${to}?fileName=${encodeURIComponent(fileName)}`, bytes, {
      headers: { 'Content-Type': type },
    });

  // The bytes as they are.
  async function download(from) {
    const reply = await fetch(workbench.base + from, {
      headers: { Authorization: `Bearer ${workbench.token}` },
    });
    return {
      headers: reply.headers,
      status: reply.status,
      bytes: Buffer.from(await reply.arrayBuffer()),
    };
  }

  test('come back byte by byte', async () => {
    const files = [
      ['every byte.bin', Buffer.from(Array.from({ length: 256 }, (_, i) => i)), 'image/png'],
      ['empty', Buffer.alloc(0), 'text/plain'],
      ['Grüße “1”.txt', Buffer.from('äöü\r\n'), 'text/plain; charset=utf-8'],
      ['large', randomBytes(900 * 1024), 'application/zip'],
      ['looks like.json', Buffer.from('{"a":'), 'application/json'],
    ];
    for (const [name, bytes, type] of files) {
      const made = await upload(path, name, bytes, type);
      assert.equal(made.status, 200, `${name}: ${made.text}`);
      const got = await download(`${path}/${made.body}`);
      assert.equal(got.status, 200);
      assert.ok(got.bytes.equals(bytes), name);
      const listed = (await workbench.get(path)).find(({ id }) => id === made.body);
      assert.equal(listed.fileName, name);
      assert.equal(listed.sizeInBytes, bytes.length);
      assert.equal(listed.contentType, type);
      assert.deepEqual([listed.workflowId, listed.taskId], [run, task.id]);
    }
  });

  test('are never shown as a page of this origin', async () => {
    const { body } = await upload(path, 'a.html', Buffer.from('<script>1</script>'), 'text/html');
    const { headers } = await download(`${path}/${body}`);
    assert.equal(headers.get('content-type'), 'application/octet-stream');
    assert.match(headers.get('content-disposition'), /^attachment/);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('x-attachment-content-type'), 'text/html');
  });

  test('belong to their own task only', async () => {
    const { body: id } = await upload(path, 'mine', Buffer.from('mine'));
    await workbench.fail(404, 'GET', `${other}/${id}`);
    await workbench.fail(404, 'DELETE', `${other}/${id}`);
    assert.deepEqual(await workbench.get(other), []);
    assert.equal((await download(`${path}/${id}`)).status, 200, 'it is still there');
  });

  test('belong to their own task only, also within one workflow', async () => {
    const branch = (name) => ({ startTask: name, tasks: { [name]: simple() } });
    const id = await workbench.define({
      Both: { type: 'Parallel', branches: [branch('One'), branch('Two')], nextTask: 'End' },
      End: { type: 'Terminate', terminationStatus: 'Completed' },
    });
    const both = await workbench.start(id);
    const [one, two] = [
      `${pathOf(await workbench.task(both, 'One'))}/attachments`,
      `${pathOf(await workbench.task(both, 'Two'))}/attachments`,
    ];
    const { body } = await upload(one, 'mine', Buffer.from('mine'));
    await workbench.fail(404, 'GET', `${two}/${body}`);
    await workbench.fail(404, 'DELETE', `${two}/${body}`);
    assert.equal((await workbench.get(one)).length, 1, 'it is still there');
  });

  test('are deleted once', async () => {
    const { body: id } = await upload(path, 'short-lived', Buffer.from('x'));
    await workbench.delete(`${path}/${id}`);
    await workbench.fail(404, 'DELETE', `${path}/${id}`);
    await workbench.fail(404, 'GET', `${path}/${id}`);
  });

  test('have limits: a name, its length, the number and the size', async () => {
    await workbench.fail(400, 'POST', path, Buffer.from('a'));
    for (const name of ['', 'n'.repeat(256), '\0']) {
      const query = `?fileName=${encodeURIComponent(name)}`;
      await workbench.fail(400, 'POST', path + query, Buffer.from('a'));
    }
    const { start } = await asking();
    const full = `${pathOf(await workbench.task(await start(), 'Ask'))}/attachments`;
    for (let i = 0; i < 100; i += 1) {
      assert.equal((await upload(full, `${i}`, Buffer.from('a'))).status, 200);
    }
    assertError(await upload(full, 'one more', Buffer.from('a')), 409);
  });

  test('with names that no file system should take as they are come back as given', async () => {
    for (const name of ['../../etc/passwd', 'C:\\con', '"; x="', 'a\r\nX-Evil: 1', '<b>']) {
      const made = await upload(path, name, Buffer.from('x'));
      if (made.status === 400) continue;
      assert.equal(made.status, 200, made.text);
      const got = await download(`${path}/${made.body}`);
      assert.equal(got.headers.get('x-evil'), null);
      const listed = (await workbench.get(path)).find(({ id }) => id === made.body);
      assert.equal(listed.fileName, name);
    }
  });

  test('take the scope run, and a task that is there', async () => {
    const reader = await workbench.withScopes(['read']);
    await reader.get(path);
    await reader.fail(403, 'POST', `${path}?fileName=a`, Buffer.from('a'));
    const nowhere = `/api/workflows/${run}/tasks/none/attachments?fileName=a`;
    await workbench.fail(404, 'POST', nowhere, Buffer.from('a'));
    const anonymous = await request('POST', workbench.base, `${path}?fileName=a`, 'a');
    assertError(anonymous, 401);
    assert.equal((await get(workbench.base, path)).status, 401);
  });
});
