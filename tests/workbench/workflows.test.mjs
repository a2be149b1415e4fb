// Proves what runs do, through the API: how they start (once for one Idempotency-Key), how a start
// can wait for the end, which statuses they come to, how they are listed, counted and filtered, how
// a person pauses, resumes, ends, retries, reruns, restarts and deletes them, and that the history
// tells all of it. Attempts are numbered, repeated for a recorded reason, and time goes on for
// others whatever is done to one run.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startServer, until } from '../support/server.mjs';
import { Workbench, httpTask, json, simple, startTarget, wait } from '../support/workbench.mjs';

let target;
let server;
let workbench;
const answers = new Map(); // by path: what to do with the next requests

before(async () => {
  target = await startTarget((received, response) => {
    const next = answers.get(received.url)?.shift();
    return next ? next(received, response) : json(response, { url: received.url });
  });
  server = await startServer({ args: ['--ephemeral', '--log-format', 'json', ...target.allow] });
  workbench = new Workbench(server);
});

after(async () => {
  await server?.stop();
  await target?.stop();
});

const status =
  (code, headers = {}) =>
  (_, response) =>
    json(response, { code }, code, headers);
const cut = (_, response) => response.destroy();
const receivedAt = (path) => target.requests.filter(({ url }) => url === path);
const call = (path, more = {}) =>
  httpTask({ url: target.url + path, method: 'POST', body: {} }, more);
const types = (history) => history.map(({ type }) => type);

describe('a start', () => {
  const echo = {
    Echo: {
      type: 'Terminate',
      terminationStatus: 'Completed',
      workflowOutput: { got: '${workflow.input.a}' },
    },
  };

  test('answers the id, with wait the finished workflow', async () => {
    const id = await workbench.define(echo);
    const started = await workbench.start(id, { a: 1 });
    assert.match(started, /^\w{22}$/);
    const run = await workbench.run(id, { a: { deep: [1, 'ü'] } });
    assert.equal(run.status, 'Completed');
    assert.deepEqual(run.output, { got: { deep: [1, 'ü'] } });
    assert.deepEqual(run.input, {
      a: { deep: [1, 'ü'] },
      'swf:workflowId': run.id,
      'swf:sequenceNumber': 2,
      'swf:workflowDefinitionId': id,
      'swf:workflowDefinitionVersion': 1,
    });
    assert.equal(run.sequenceNumber, 2);
  });

  test('that waits answers the running workflow when its time is up', async () => {
    const id = await workbench.define({ Ask: simple() });
    const startedAt = performance.now();
    const body = { workflowDefinitionId: id };
    const run = await workbench.post('/api/workflows?wait=1', body);
    const tookMs = performance.now() - startedAt;
    assert.deepEqual(
      [run.status, run.output, run.endedTime, run.failedReason],
      ['Running', {}, null, null],
    );
    assert.ok(tookMs > 900 && tookMs < 3000, `${tookMs} ms`);
    assert.equal(typeof (await workbench.post('/api/workflows?wait=0', body)), 'string');
    for (const seconds of ['61', '-1', 'x']) {
      await workbench.fail(400, 'POST', `/api/workflows?wait=${seconds}`, body);
    }
  });

  test('that waits answers as soon as the end comes', async () => {
    const id = await workbench.define({ Ask: simple() });
    const waiting = workbench.run(id);
    const run = await until('the run', async () => {
      const { content } = await workbench.get(`/api/workflows?workflowDefinitionId=${id}`);
      return content[0];
    });
    const task = await workbench.task(run.id, 'Ask');
    await workbench.post(`/api/workflows/${run.id}/tasks/${task.id}/complete`, {
      output: { b: 2 },
    });
    const ended = await waiting;
    assert.deepEqual([ended.id, ended.status, ended.output], [run.id, 'Completed', { b: 2 }]);
  });

  test('with an Idempotency-Key makes one run, also when it comes twice at once', async () => {
    const id = await workbench.define({ Ask: simple() });
    const starts = Array.from({ length: 12 }, () =>
      workbench.start(id, { n: 1 }, { headers: { 'Idempotency-Key': 'order-77' } }),
    );
    const answered = new Set(await Promise.all(starts));
    assert.equal(answered.size, 1, [...answered].join());
    const again = await workbench.start(
      id,
      { n: 1 },
      { headers: { 'Idempotency-Key': 'order-77' } },
    );
    assert.ok(answered.has(again));
    const { content } = await workbench.get(`/api/workflows?workflowDefinitionId=${id}`);
    assert.equal(content.length, 1);
    const other = await workbench.start(
      id,
      { n: 1 },
      { headers: { 'Idempotency-Key': 'order-78' } },
    );
    assert.ok(!answered.has(other));
  });

  test('with an Idempotency-Key holds no place among the concurrent runs twice', async () => {
    const id = await workbench.define({ Ask: simple() }, { maxConcurrentWorkflows: 2 });
    const start = (key) => workbench.start(id, {}, { headers: { 'Idempotency-Key': key } });
    await Promise.all(Array.from({ length: 6 }, () => start('one')));
    const second = await start('two');
    assert.equal((await workbench.workflow(second)).status, 'Running');
  });

  test('with an Idempotency-Key waits for the end as the first does', async () => {
    answers.set('/slowly', [(_, response) => setTimeout(() => json(response, {}), 300)]);
    const id = await workbench.define({ Call: call('/slowly', { end: true }) });
    const starts = [1, 2].map(() =>
      workbench.post(
        '/api/workflows?wait=10',
        { workflowDefinitionId: id },
        { headers: { 'Idempotency-Key': 'both-wait' } },
      ),
    );
    const [one, two] = await Promise.all(starts);
    assert.equal(one.id, two.id);
    assert.deepEqual([one.status, two.status], ['Completed', 'Completed']);
  });

  test('takes any version that there is, and runs keep theirs', async () => {
    const id = await workbench.define(echo);
    const next = structuredClone(echo);
    next.Echo.workflowOutput = { second: true };
    await workbench.put(`/api/workflow-definitions/${id}`, {
      name: 'T',
      startTask: 'Echo',
      tasks: next,
    });
    const start = (workflowDefinitionVersion) =>
      workbench.call('POST', '/api/workflows?wait=10', {
        workflowDefinitionId: id,
        workflowDefinitionVersion,
        input: { a: 1 },
      });
    assert.deepEqual((await start(1)).body.output, { got: 1 });
    assert.deepEqual((await start(2)).body.output, { second: true });
    assert.deepEqual((await start(null)).body.output, { second: true });
    assert.equal((await start(3)).status, 404);
    const list = (version) => workbench.get(`/api/workflow-definitions/${id}/workflows${version}`);
    assert.equal((await list('')).content.length, 2, 'of the latest version');
    assert.equal((await list('?version=1')).content.length, 1);
  });
});

describe('lists', () => {
  const ids = {};
  let failing;

  before(async () => {
    const tasks = { Ask: simple() };
    failing = await workbench.define({ Stop: { type: 'Terminate', terminationStatus: 'Failed' } });
    ids.asking = await workbench.define(tasks);
    for (let i = 0; i < 11; i += 1) await workbench.start(ids.asking);
    for (let i = 0; i < 3; i += 1) await workbench.run(failing);
  });

  test('give workflows newest first, page by page, none twice and none left out', async () => {
    const of = `/api/workflows?workflowDefinitionId=${ids.asking}`;
    const whole = await workbench.all(of, 1000);
    const numbers = whole.map(({ sequenceNumber }) => sequenceNumber);
    assert.deepEqual(
      numbers.toSorted((a, b) => a - b),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    );
    // Those that were started within a few milliseconds may stand in any order.
    const times = whole.map(({ startedTime }) => Date.parse(startedTime));
    times.slice(1).forEach((time, at) => assert.ok(time <= times[at] + 10, times.join()));
    for (const size of [1, 5, 10, 11]) {
      assert.deepEqual(await workbench.all(of, size), whole);
      const path = `/api/workflow-definitions/${ids.asking}/workflows`;
      assert.deepEqual(await workbench.all(path, size), whole);
    }
    const everywhere = await workbench.all('/api/workflows', 5);
    assert.equal(new Set(everywhere.map(({ id }) => id)).size, everywhere.length);
  });

  test('are narrowed by status, version, number and time', async () => {
    const find = async (query) => (await workbench.get(`/api/workflows?${query}`)).content;
    for (const row of await find('status=Failed')) assert.equal(row.status, 'Failed');
    assert.equal((await find(`workflowDefinitionId=${failing}&status=Failed`)).length, 3);
    assert.deepEqual(await find(`workflowDefinitionId=${failing}&status=Running`), []);
    assert.deepEqual(await find(`workflowDefinitionId=${failing}&workflowDefinitionVersion=2`), []);
    const [third] = await find(`workflowDefinitionId=${ids.asking}&sequenceNumber=3`);
    assert.equal(third.sequenceNumber, 3);
    const from = encodeURIComponent(third.startedTime);
    const later = await find(`workflowDefinitionId=${ids.asking}&startedAfter=${from}`);
    const earlier = await find(`workflowDefinitionId=${ids.asking}&startedBefore=${from}`);
    assert.equal(later.length + earlier.length, 11);
    assert.ok(
      later.some(({ id }) => id === third.id) && !earlier.some(({ id }) => id === third.id),
    );
  });

  test('are counted by status', async () => {
    const of = (id) => workbench.get(`/api/workflows/counts?workflowDefinitionId=${id}`);
    const none = {
      Scheduled: 0,
      Running: 0,
      Paused: 0,
      Completed: 0,
      Failed: 0,
      TimedOut: 0,
      Terminated: 0,
    };
    assert.deepEqual((await of(ids.asking)).counts, { ...none, Running: 11 });
    assert.deepEqual((await of(failing)).counts, { ...none, Failed: 3 });
    assert.deepEqual((await of('none')).counts, none);
  });

  test('give the tasks of a workflow newest first, page by page', async () => {
    const names = Array.from({ length: 9 }, (_, i) => `T${i}`);
    const tasks = Object.fromEntries(
      names.map((name, i) => [name, wait(0, i === 8 ? { end: true } : { nextTask: names[i + 1] })]),
    );
    const run = await workbench.run(await workbench.define(tasks));
    const path = `/api/workflows/${run.id}/tasks`;
    const whole = await workbench.all(path, 1000);
    assert.deepEqual(
      whole.map(({ taskName }) => taskName),
      [...names].reverse(),
    );
    for (const size of [1, 4, 9]) assert.deepEqual(await workbench.all(path, size), whole);
    await workbench.fail(400, 'GET', `${path}?next=x`);
  });

  test('give open tasks oldest first, page by page, also many of one workflow', async () => {
    const branches = (prefix, count) =>
      Array.from({ length: count }, (_, i) => ({
        startTask: `${prefix}${i}`,
        tasks: { [`${prefix}${i}`]: simple() },
      }));
    const id = await workbench.define({
      All: { type: 'Parallel', branches: branches('B', 5), nextTask: 'Done' },
      Done: { type: 'Terminate', terminationStatus: 'Completed' },
    });
    for (let i = 0; i < 3; i += 1) await workbench.start(id);
    const path = `/api/tasks?workflowDefinitionId=${id}`;
    const whole = await workbench.all(path, 1000);
    assert.equal(whole.length, 15);
    for (const size of [5, 7, 10, 1, 3]) {
      const paged = await workbench.all(path, size);
      assert.deepEqual(
        paged.map((task) => task.id),
        whole.map((task) => task.id),
        `in pages of ${size}`,
      );
    }
    const { content } = await workbench.get(`${path}&taskName=B2`);
    assert.equal(content.length, 3);
  });
});

describe('the statuses', () => {
  test('Scheduled: waits for a place, then runs, in the order of the starts', async () => {
    const id = await workbench.define({ Ask: simple() }, { maxConcurrentWorkflows: 1 });
    const runs = [];
    for (let i = 0; i < 3; i += 1) {
      runs.push(await workbench.start(id));
      const startedAt = Date.now(); // the order within one millisecond is nobody's business
      await until('the next millisecond', () => Date.now() > startedAt + 1, { everyMs: 1 });
    }
    const [first, second, third] = runs;
    assert.equal((await workbench.workflow(first)).status, 'Running');
    const waiting = await workbench.workflow(second);
    assert.deepEqual([waiting.status, waiting.startedTime], ['Scheduled', null]);
    await workbench.post(`/api/workflows/${first}/terminate`);
    await workbench.reaches(second, 'Running');
    assert.equal((await workbench.workflow(third)).status, 'Scheduled');
    const task = await workbench.task(second, 'Ask');
    await workbench.post(`/api/workflows/${second}/tasks/${task.id}/complete`);
    await workbench.reaches(third, 'Running');
  });

  test('Scheduled: no more run at once than have a place, and all get theirs', async () => {
    const id = await workbench.define({ Ask: simple() }, { maxConcurrentWorkflows: 2 });
    for (let i = 0; i < 9; i += 1) await workbench.start(id);
    const counts = async () =>
      (await workbench.get(`/api/workflows/counts?workflowDefinitionId=${id}`)).counts;
    for (let ended = 0; ended < 9; ended += 1) {
      const expected = { running: Math.min(2, 9 - ended), scheduled: Math.max(0, 7 - ended) };
      await until(`${ended} have ended and the next run`, async () => {
        const { Running, Scheduled } = await counts();
        assert.ok(Running <= 2, `${Running} run at once`);
        return Running === expected.running && Scheduled === expected.scheduled;
      });
      const { content } = await workbench.get(`/api/tasks?workflowDefinitionId=${id}&size=1`);
      const [{ id: task, workflowId }] = content;
      await workbench.post(`/api/workflows/${workflowId}/tasks/${task}/complete`);
    }
    assert.equal((await counts()).Completed, 9);
  });

  test('Scheduled: can be terminated without having begun', async () => {
    const id = await workbench.define({ Ask: simple() }, { maxConcurrentWorkflows: 1 });
    const [first, second, third] = await Promise.all([1, 2, 3].map(() => workbench.start(id)));
    const all = await Promise.all([first, second, third].map((run) => workbench.workflow(run)));
    const scheduled = all.filter((run) => run.status === 'Scheduled');
    assert.equal(scheduled.length, 2);
    await workbench.post(`/api/workflows/${scheduled[0].id}/terminate`);
    const running = all.find((run) => run.status === 'Running');
    await workbench.post(`/api/workflows/${running.id}/terminate`);
    await workbench.reaches(scheduled[1].id, 'Running');
  });

  test('TimedOut: ends what is open and starts the failure workflow', async () => {
    const handler = await workbench.define({
      End: { type: 'Terminate', terminationStatus: 'Completed' },
    });
    const id = await workbench.define(
      { Ask: simple() },
      { timeoutSeconds: 1, failureWorkflow: handler, failureWorkflowVersion: 1 },
    );
    const run = await workbench.run(id);
    assert.equal(run.status, 'TimedOut');
    assert.match(run.failedReason, /timeoutSeconds/);
    assert.equal((await workbench.task(run.id, 'Ask')).status, 'TimedOut');
    assert.deepEqual(await workbench.get(`/api/tasks?workflowDefinitionId=${id}`), {
      content: [],
      next: null,
    });
    const { content } = await workbench.get(`/api/workflows?workflowDefinitionId=${handler}`);
    const handled = await workbench.reaches(content[0].id);
    assert.equal(handled.input['swf:workflowStatus'], 'TimedOut');
    assert.equal(handled.input['swf:taskStatus'], 'TimedOut');
  });

  test('Terminated: with its reason, and no failure workflow', async () => {
    const handler = await workbench.define({
      End: { type: 'Terminate', terminationStatus: 'Completed' },
    });
    const id = await workbench.define({ Ask: simple() }, { failureWorkflow: handler });
    const run = await workbench.start(id);
    const ended = await workbench.post(`/api/workflows/${run}/terminate`, { reason: 'not needed' });
    assert.equal(ended.status, 'Terminated');
    assert.match(ended.failedReason, /not needed/);
    assert.notEqual(ended.endedTime, null);
    assert.equal((await workbench.task(run, 'Ask')).status, 'Cancelled');
    for (const action of ['terminate', 'pause', 'resume']) {
      await workbench.fail(409, 'POST', `/api/workflows/${run}/${action}`);
    }
    const { content } = await workbench.get(`/api/workflows?workflowDefinitionId=${handler}`);
    assert.deepEqual(content, []);
    const last = (await workbench.history(run)).at(-1);
    assert.equal(last.type, 'WorkflowTerminated');
    assert.match(last.by, /^pat_/);
  });

  test('Failed: a failure workflow that fails starts nothing further', async () => {
    const stop = { Stop: { type: 'Terminate', terminationStatus: 'Failed' } };
    const id = await workbench.define(stop);
    await workbench.put(`/api/workflow-definitions/${id}`, {
      name: 'Own failure',
      startTask: 'Stop',
      tasks: stop,
      failureWorkflow: id,
    });
    const run = await workbench.run(id);
    assert.equal(run.status, 'Failed');
    const count = async () =>
      (await workbench.get(`/api/workflows/counts?workflowDefinitionId=${id}`)).counts;
    await until('both have failed', async () => (await count()).Failed === 2);
    assert.equal((await count()).Running, 0);
  });

  test('Failed: says so when its failure workflow is gone or disabled', async () => {
    const stop = { Stop: { type: 'Terminate', terminationStatus: 'Failed' } };
    for (const end of ['delete', 'disable']) {
      const handler = await workbench.define(stop);
      const id = await workbench.define(stop, { failureWorkflow: handler });
      const path = `/api/workflow-definitions/${handler}`;
      await (end === 'delete' ? workbench.delete(path) : workbench.post(`${path}/disable`));
      const run = await workbench.run(id);
      assert.equal(run.status, 'Failed');
      const history = await workbench.history(run.id);
      assert.deepEqual(
        history.slice(-2).map(({ type }) => type),
        ['WorkflowFailed', 'FailureWorkflowSkipped'],
      );
      assert.equal(history.at(-1).workflowDefinitionId, handler);
      assert.match(history.at(-1).reason, end === 'delete' ? /no workflow definition/ : /disabled/);
      const line = await logLine('failure workflow not started', run.id);
      assert.equal(line.failure_definition, handler);
      assert.match(line.trace, /^[0-9a-f]{32}$/);
    }
  });

  test('Failed: the log of its failure workflow names that one\'s own trace', async () => {
    const stop = { Stop: { type: 'Terminate', terminationStatus: 'Failed' } };
    const handler = await workbench.define(stop);
    const run = await workbench.run(await workbench.define(stop, { failureWorkflow: handler }));
    const { content } = await workbench.get(`/api/workflows?workflowDefinitionId=${handler}`);
    const [its, own] = [
      await logLine('workflow ended', content[0].id),
      await logLine('workflow ended', run.id),
    ];
    assert.match(its.trace, /^[0-9a-f]{32}$/);
    assert.match(own.trace, /^[0-9a-f]{32}$/);
    assert.notEqual(its.trace, own.trace);
  });

  // The server's log line about a workflow, once it is written.
  function logLine(message, workflow) {
    return until(`'${message}' of ${workflow}`, () =>
      server
        .log()
        .split('\n')
        .slice(0, -1)
        .filter((line) => line.startsWith('{') && line.includes(workflow))
        .map((line) => JSON.parse(line))
        .find((line) => Object.values(line).includes(message)),
    );
  }

  test('Paused: nothing new begins until it is resumed', async () => {
    answers.set('/under-way', [(_, response) => setTimeout(() => json(response, {}), 150)]);
    const path = '/after-the-pause';
    const run = await workbench.start(
      await workbench.define({
        First: call('/under-way', { nextTask: 'Second' }),
        Second: call(path, { end: true }),
      }),
    );
    await until('the first request', () => receivedAt('/under-way').length === 1);
    assert.equal((await workbench.post(`/api/workflows/${run}/pause`)).status, 'Paused');
    await workbench.fail(409, 'POST', `/api/workflows/${run}/pause`);
    await until('the first task has ended', async () => {
      const task = await workbench.task(run, 'First');
      return task.status === 'Completed';
    });
    assert.equal((await workbench.workflow(run)).status, 'Paused');
    assert.equal(receivedAt(path).length, 0);
    await workbench.post(`/api/workflows/${run}/resume`);
    assert.equal((await workbench.reaches(run)).status, 'Completed');
    assert.equal(receivedAt(path).length, 1);
  });
});

describe('a person', () => {
  const failsOnce = async (prefix) => {
    answers.set(`/${prefix}2`, [status(400)]);
    const id = await workbench.define({
      One: call(`/${prefix}1`, { nextTask: 'Two' }),
      Two: call(`/${prefix}2`, { nextTask: 'Three' }),
      Three: call(`/${prefix}3`, { end: true }),
    });
    const run = await workbench.run(id);
    assert.equal(run.status, 'Failed');
    return { id, run };
  };
  const counts = (prefix) => [1, 2, 3].map((n) => receivedAt(`/${prefix}${n}`).length);

  test('retries: what failed runs anew, what is completed stays', async () => {
    const { run } = await failsOnce('retry');
    assert.deepEqual(counts('retry'), [1, 1, 0]);
    await workbench.post(`/api/workflows/${run.id}/retry`);
    const ended = await workbench.reaches(run.id);
    assert.deepEqual([ended.status, ended.failedReason], ['Completed', null]);
    assert.deepEqual(counts('retry'), [1, 2, 1]);
    await workbench.fail(409, 'POST', `/api/workflows/${run.id}/retry`);
    const history = await workbench.history(run.id);
    assert.ok(types(history).includes('WorkflowRetried'));
    const superseded = (await workbench.tasks(run.id)).filter((task) => task.superseded);
    assert.deepEqual(
      superseded.map(({ taskName, status: of }) => [taskName, of]),
      [['Two', 'Failed']],
    );
  });

  test('reruns from a completed task with the outputs before it', async () => {
    const { run } = await failsOnce('rerun');
    await workbench.post(`/api/workflows/${run.id}/retry`);
    await workbench.reaches(run.id);
    const two = await workbench.task(run.id, 'Two');
    await workbench.post(`/api/workflows/${run.id}/rerun`, { taskId: two.id });
    const ended = await workbench.reaches(run.id);
    assert.equal(ended.status, 'Completed');
    assert.deepEqual(counts('rerun'), [1, 3, 2]);
    const old = { taskId: two.id };
    await workbench.fail(409, 'POST', `/api/workflows/${run.id}/rerun`, old);
  });

  test('restarts with the same input and the latest version', async () => {
    const tasks = { Ask: simple() };
    const id = await workbench.define(tasks);
    const first = await workbench.start(id, { a: [1, 2] });
    await workbench.put(`/api/workflow-definitions/${id}`, { name: 'T', startTask: 'Ask', tasks });
    const again = await workbench.post(`/api/workflows/${first}/restart`);
    assert.notEqual(again, first);
    const run = await workbench.workflow(again);
    assert.equal(run.workflowDefinitionVersion, 2);
    assert.deepEqual(run.input.a, [1, 2]);
    assert.equal(run.input['swf:workflowId'], again);
  });

  test('deletes a finished workflow, all of it, but none that runs', async () => {
    const id = await workbench.define({ Ask: simple() });
    const run = await workbench.start(id);
    const task = await workbench.task(run, 'Ask');
    const inTask = `/api/workflows/${run}/tasks/${task.id}`;
    await workbench.post(`${inTask}/attachments?fileName=a`, Buffer.from('a'));
    await workbench.fail(409, 'DELETE', `/api/workflows/${run}`);
    await workbench.post(`/api/workflows/${run}/pause`);
    await workbench.fail(409, 'DELETE', `/api/workflows/${run}`);
    await workbench.post(`/api/workflows/${run}/terminate`);
    await workbench.delete(`/api/workflows/${run}`);
    for (const path of ['', '/history', '/tasks', `/tasks/${task.id}/attachments`, '/events']) {
      await workbench.fail(404, 'GET', `/api/workflows/${run}${path}`);
    }
    await workbench.fail(404, 'DELETE', `/api/workflows/${run}`);
    const { content } = await workbench.get(`/api/workflows?workflowDefinitionId=${id}`);
    assert.deepEqual(content, []);
    const audit = await workbench.get('/api/audit?size=1');
    assert.deepEqual([audit.content[0].action, audit.content[0].subject], ['workflow.delete', run]);
  });
});

describe('an Http task in a run', () => {
  test('is repeated for a recorded reason, with one key for all attempts', async () => {
    const path = '/repeated';
    answers.set(path, [status(503), status(429, { 'Retry-After': '1' }), cut]);
    const retry = { intervalSeconds: 0.05, maxAttempts: 4, backoffRate: 1 };
    const run = await workbench.run(
      await workbench.define({ Call: call(path, { end: true, retry }) }),
    );
    assert.equal(run.status, 'Completed', run.failedReason);
    const got = receivedAt(path);
    assert.equal(got.length, 4);
    const keys = new Set(got.map(({ headers }) => headers['idempotency-key']));
    assert.equal(keys.size, 1);
    assert.ok(got[2].at - got[1].at >= 950, 'Retry-After is honoured');
    const history = await workbench.history(run.id);
    const started = history.filter(({ type }) => type === 'AttemptStarted');
    assert.deepEqual(
      started.map(({ attempt }) => attempt),
      [1, 2, 3, 4],
    );
    assert.match(started[1].because, /503/);
    assert.match(started[2].because, /429/);
    assert.match(started[3].because, /ended before/);
    assert.equal((await workbench.task(run.id, 'Call')).attempts, 4);
  });

  test('whose outcome is unknown is not repeated unless that is harmless', async () => {
    const cases = [
      ['/unknown-post', 'POST', {}, 'outcomeUnknown', 1],
      ['/unknown-marked', 'POST', { idempotent: true }, null, 2],
      ['/unknown-get', 'GET', {}, null, 2],
      ['/unknown-retry', 'POST', { retry: { intervalSeconds: 0.01 } }, null, 2],
    ];
    for (const [path, method, more, cause, times] of cases) {
      answers.set(path, [cut]);
      const task = httpTask({ url: target.url + path, method }, { end: true, ...more });
      const run = await workbench.run(await workbench.define({ Call: task }));
      assert.equal(run.failedCause, cause, `${path}: ${run.failedReason}`);
      assert.equal(receivedAt(path).length, times, path);
    }
  });

  test('that goes out again on a new connection says so in the history', async () => {
    const path = '/kept-connection';
    const get = httpTask({ url: target.url + path }, { end: true });
    const id = await workbench.define({ Call: get });
    await workbench.run(id); // leaves a kept connection
    answers.set(path, [cut]);
    const before = receivedAt(path).length;
    const run = await workbench.run(id);
    assert.equal(run.status, 'Completed', run.failedReason);
    const times = receivedAt(path).length - before;
    const history = await workbench.history(run.id);
    const attempts = history.filter(({ type }) => type === 'AttemptStarted');
    const reasons = attempts.filter(({ because }) => because).length;
    const notes = /resen[dt]|sent again|again/.test(JSON.stringify(history)) ? 1 : 0;
    assert.ok(
      times - 1 <= Math.max(reasons, notes),
      `received ${times} times: ${JSON.stringify(history.slice(2))}`,
    );
  });

  test('carries a trace that is the same for the whole run', async () => {
    const id = await workbench.define({
      A: call('/trace-a', { nextTask: 'B' }),
      B: call('/trace-b', { end: true }),
    });
    await workbench.run(id);
    const parts = ['/trace-a', '/trace-b'].map((path) => receivedAt(path)[0].headers.traceparent);
    for (const one of parts) assert.match(one, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    assert.equal(parts[0].slice(0, 35), parts[1].slice(0, 35));
    assert.notEqual(parts[0], parts[1]);
  });
});

describe('time', () => {
  test('goes on for others when runs are ended at the very moment they are due', async () => {
    const id = await workbench.define({ Wait: wait(1) });
    for (let round = 0; round < 3; round += 1) {
      const runs = await Promise.all(Array.from({ length: 150 }, () => workbench.start(id)));
      const dueAt = Date.parse((await workbench.workflow(runs.at(-1))).startedTime) + 1000;
      await until('they are due', () => Date.now() >= dueAt - 15, { everyMs: 1 });
      const ended = runs.map((run) =>
        workbench.call('POST', `/api/workflows/${run}/${round === 1 ? 'pause' : 'terminate'}`),
      );
      for (const { status: of } of await Promise.all(ended)) assert.ok([200, 409].includes(of));
    }
    const run = await workbench.reaches(await workbench.start(id), 'Completed', 6000);
    assert.equal(run.status, 'Completed', 'a wait of 1 s ends');
  });
});
