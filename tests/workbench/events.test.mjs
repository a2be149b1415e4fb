// Proves the live updates: a stream of one workflow tells what has happened, then what happens,
// each step once and in order, and ends with it; a reader that lost its connection goes on where it
// was; the stream of all tells of every step of every workflow; and readers that are slow, or go
// away, harm nobody. At the server's end its streams end too.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { RawConnection } from '../support/raw_connection.mjs';
import { startServer, until } from '../support/server.mjs';
import {
  EventReader,
  Workbench,
  httpTask,
  json,
  simple,
  startTarget,
  wait,
} from '../support/workbench.mjs';

const three = {
  One: wait(0, { nextTask: 'Ask' }),
  Ask: simple({ nextTask: 'Three' }),
  Three: { type: 'Terminate', terminationStatus: 'Completed', workflowOutput: { done: true } },
};

let target;
let server;
let workbench;

before(async () => {
  target = await startTarget((received, response) => {
    const bytes = received.url === '/filler/large' ? 4_000_000 : 60_000;
    return json(response, { filler: 'x'.repeat(bytes) });
  });
  server = await startServer({ args: ['--ephemeral', ...target.allow] });
  workbench = new Workbench(server);
});

after(async () => {
  await server?.stop();
  await target?.stop();
});

const streamOf = (id) => `/api/workflows/${id}/events`;
const open = (id, options) => EventReader.open(workbench, streamOf(id), options);

async function complete(run, name = 'Ask') {
  const { id } = await workbench.task(run, name);
  await workbench.post(`/api/workflows/${run}/tasks/${id}/complete`, { output: { by: 'test' } });
}

// What the stream must have told: the history, transition by transition, and the end.
async function assertTold(reader, run, from = 0) {
  const history = (await workbench.history(run)).slice(from);
  const told = reader.events.filter(({ event }) => event !== 'end');
  assert.deepEqual(
    told.map(({ data }) => data),
    history,
  );
  told.forEach(({ id, event, data }) => {
    assert.equal(id, String(data.number));
    assert.equal(event, data.type);
  });
}

describe('the stream of a workflow', () => {
  test('tells what has happened, then what happens, and ends with the workflow', async () => {
    const run = await workbench.start(await workbench.define(three));
    const reader = await open(run);
    assert.equal(reader.status, 200);
    assert.match(reader.headers['content-type'], /^text\/event-stream/);
    assert.match(reader.headers['cache-control'] ?? '', /no-cache|no-store/);
    await reader.see('Ask is scheduled', ({ data }) => data.taskName === 'Ask');
    const before = reader.events.length;
    assert.equal(before, (await workbench.history(run)).length);
    assert.ok(!reader.ended);
    await complete(run);
    await reader.seeEnd();
    assert.equal(reader.types().at(-1), 'end');
    assert.equal(reader.types().at(-2), 'WorkflowCompleted');
    assert.ok(reader.events.length > before);
    await assertTold(reader, run);
  });

  test('of an ended workflow is its history and the end', async () => {
    const run = await workbench.run(await workbench.define({ Wait: wait(0) }));
    const reader = await open(run.id);
    await reader.seeEnd();
    assert.equal(reader.types().at(-1), 'end');
    await assertTold(reader, run.id);
  });

  test('goes on where a reader was, by Last-Event-ID', async () => {
    const run = await workbench.start(await workbench.define(three));
    const first = await open(run);
    const last = await first.see('Ask is scheduled', ({ data }) => data.taskName === 'Ask');
    first.close();
    await complete(run);
    const second = await open(run, { lastEventId: last.id });
    await second.seeEnd();
    await assertTold(second, run, Number(last.id) + 1);
    const third = await open(run, { lastEventId: '2' });
    await third.seeEnd();
    await assertTold(third, run, 3);
    const beyond = await open(run, { lastEventId: '9999' });
    await beyond.seeEnd();
    assert.deepEqual(beyond.types(), ['end']);
  });

  test('refuses a Last-Event-ID that is none', async () => {
    const run = await workbench.start(await workbench.define(three));
    for (const lastEventId of ['abc', '-1', '1.5', '9'.repeat(30)]) {
      const headers = { 'Last-Event-ID': lastEventId };
      await workbench.fail(400, 'GET', streamOf(run), undefined, { headers });
    }
  });

  test('tells each step once, to readers who come at any time', async () => {
    const names = Array.from({ length: 12 }, (_, i) => `T${i}`);
    const tasks = Object.fromEntries(
      names.map((name, i) => [name, simple(i === 11 ? { end: true } : { nextTask: names[i + 1] })]),
    );
    const run = await workbench.start(await workbench.define(tasks));
    const readers = [];
    const opening = [];
    for (const name of names) {
      opening.push(open(run).then((reader) => readers.push(reader)));
      await complete(run, name);
    }
    await Promise.all(opening);
    for (const reader of readers) {
      await reader.seeEnd();
      await assertTold(reader, run);
    }
    assert.equal(readers.length, names.length);
  });

  test('tells a history of many megabytes to a reader that reads', async () => {
    const large = (more) => httpTask({ url: `${target.url}/filler/large` }, more);
    const id = await workbench.define({
      A: large({ nextTask: 'B' }),
      B: large({ nextTask: 'C' }),
      C: large({ nextTask: 'D' }),
      D: wait(0),
    });
    const run = await workbench.run(id);
    assert.equal(run.status, 'Completed', run.failedReason);
    const reader = await open(run.id);
    await until('the stream is closed', () => reader.closed);
    assert.equal(reader.types().at(-1), 'end', `told up to ${reader.types().at(-1)}`);
    await assertTold(reader, run.id);
  });

  test('tells all of it to a reader that stops for a while, however much comes meanwhile', async () => {
    const large = (more) => httpTask({ url: `${target.url}/filler/large` }, more);
    const id = await workbench.define({
      Ask: simple({ nextTask: 'A' }),
      A: large({ nextTask: 'B' }),
      B: large({ nextTask: 'C' }),
      C: large({ end: true }),
    });
    const run = await workbench.start(id);
    const reader = await open(run);
    await reader.see('it is asked', ({ data }) => data.taskName === 'Ask');
    reader.incoming.pause();
    await complete(run);
    assert.equal((await workbench.reaches(run)).status, 'Completed');
    reader.incoming.resume();
    await reader.seeEnd();
    assert.equal(reader.types().at(-1), 'end');
    await assertTold(reader, run);
  });

  test('takes a token, and a workflow that is there', async () => {
    const run = await workbench.start(await workbench.define(three));
    const nobody = new Workbench(server, null);
    await nobody.fail(401, 'GET', streamOf(run));
    await nobody.fail(401, 'GET', '/api/workflows/events');
    await workbench.fail(404, 'GET', streamOf('none'));
    const reader = await EventReader.open(await workbench.withScopes(['read']), streamOf(run));
    assert.equal(reader.status, 200);
    reader.close();
  });

  test('goes on after a retry when it is opened again', async () => {
    const id = await workbench.define({ Ask: simple() });
    const run = await workbench.start(id);
    const { id: task } = await workbench.task(run, 'Ask');
    await workbench.post(`/api/workflows/${run}/tasks/${task}/fail`, { reason: 'no' });
    const first = await open(run);
    await first.seeEnd();
    const last = first.events.at(-2).id;
    await workbench.post(`/api/workflows/${run}/retry`);
    const second = await open(run, { lastEventId: last });
    await second.see('the retry', ({ event }) => event === 'WorkflowRetried');
    assert.ok(!second.ended);
    await complete(run);
    await second.seeEnd();
    await assertTold(second, run, Number(last) + 1);
  });
});

describe('the stream of all workflows', () => {
  test('tells of every step of every workflow', async () => {
    const reader = await EventReader.open(workbench, '/api/workflows/events');
    assert.equal(reader.status, 200);
    const id = await workbench.define(three);
    const runs = await Promise.all(Array.from({ length: 6 }, () => workbench.start(id)));
    await Promise.all(runs.map((run) => complete(run)));
    for (const run of runs) {
      await reader.see(`the end of ${run}`, ({ event, data }) => {
        return event === 'WorkflowCompleted' && data.workflowId === run;
      });
      const told = reader.events.filter(({ data }) => data.workflowId === run);
      const history = await workbench.history(run);
      assert.deepEqual(
        told.map(({ event, id: number }) => [event, Number(number)]),
        history.map(({ type, number }) => [type, number]),
      );
      for (const { data } of told) assert.equal(data.workflowDefinitionId, id);
    }
    assert.ok(!reader.ended, 'it goes on');
    reader.close();
  });

  test('tells nothing of inputs and outputs', async () => {
    const reader = await EventReader.open(workbench, '/api/workflows/events');
    const id = await workbench.define(three);
    const run = await workbench.start(id, { planted: 'planted-input-value' });
    await complete(run);
    await reader.see('the end', ({ event, data }) => {
      return event === 'WorkflowCompleted' && data.workflowId === run;
    });
    assert.ok(!JSON.stringify(reader.events).includes('planted'));
    reader.close();
  });
});

describe('readers', () => {
  test('that go away are forgotten', async () => {
    const run = await workbench.start(await workbench.define(three));
    const readers = await Promise.all(Array.from({ length: 40 }, () => open(run)));
    for (const reader of readers) reader.close();
    const staying = await open(run);
    await complete(run);
    await staying.seeEnd();
    await assertTold(staying, run);
  });

  test('that do not read harm nobody', async () => {
    const lazy = await Promise.all(
      Array.from({ length: 3 }, async () => {
        const connection = await RawConnection.open(workbench.base);
        connection.send(
          'GET /api/workflows/events HTTP/1.1\r\nHost: a\r\n' +
            `Authorization: Bearer ${workbench.token}\r\n\r\n`,
        );
        connection.pauseReading();
        return connection;
      }),
    );
    const id = await workbench.define({
      Call: httpTask({ url: `${target.url}/filler` }, { end: true }),
    });
    const reader = await EventReader.open(workbench, '/api/workflows/events');
    const slowest = { ms: 0 };
    for (let i = 0; i < 30; i += 1) {
      const startedAt = performance.now();
      const runs = await Promise.all(Array.from({ length: 8 }, () => workbench.run(id)));
      for (const { status } of runs) assert.equal(status, 'Completed');
      slowest.ms = Math.max(slowest.ms, performance.now() - startedAt);
    }
    assert.ok(slowest.ms < 3000, `eight runs took ${slowest.ms} ms at most`);
    await until('the other reader has all', () => {
      const ends = reader.events.filter(({ event }) => event === 'WorkflowCompleted');
      return ends.length >= 240;
    });
    reader.close();
    for (const connection of lazy) connection.destroy();
    await workbench.get('/api/workflows/counts');
  });

  test('of a large history that do not read do not hold up the workflow', async () => {
    const names = Array.from({ length: 40 }, (_, i) => `T${i}`);
    const tasks = Object.fromEntries(
      names.map((name, i) => [
        name,
        httpTask(
          { url: `${target.url}/filler` },
          i === 39 ? { nextTask: 'Ask' } : { nextTask: names[i + 1] },
        ),
      ]),
    );
    const id = await workbench.define({ ...tasks, Ask: simple() });
    const run = await workbench.start(id);
    await until('it waits', async () => {
      const { content } = await workbench.get(`/api/tasks?workflowDefinitionId=${id}`);
      return content.length === 1;
    });
    const connection = await RawConnection.open(workbench.base);
    connection.send(
      `GET ${streamOf(run)} HTTP/1.1\r\nHost: a\r\n` +
        `Authorization: Bearer ${workbench.token}\r\n\r\n`,
    );
    connection.pauseReading();
    const reader = await open(run);
    await complete(run);
    await reader.seeEnd();
    await assertTold(reader, run);
    connection.destroy();
  });
});

describe('the end of the server', () => {
  test('ends its streams, at once, and it leaves with 0', async () => {
    const own = await startServer({ args: ['--ephemeral'] });
    const there = new Workbench(own);
    const run = await there.start(await there.define(three));
    const readers = [
      await EventReader.open(there, streamOf(run)),
      await EventReader.open(there, '/api/workflows/events'),
    ];
    await readers[0].see('it has begun', ({ event }) => event === 'WorkflowStarted');
    const startedAt = performance.now();
    own.terminate();
    assert.equal(await own.exited, 0, own.log());
    const tookMs = performance.now() - startedAt;
    for (const reader of readers) await until('it has ended', () => reader.closed);
    assert.ok(tookMs < 5000, `it took ${tookMs} ms`);
  });

  // A start that is cut off has begun all the same, and its caller would not know the id.
  test('answers who waits for a task or for the end of a workflow', async () => {
    const own = await startServer({ args: ['--ephemeral'] });
    const there = new Workbench(own);
    const workflowDefinitionId = await there.define({ Ask: simple() });
    const poll = { workflowDefinitionId, taskName: 'Other', waitSeconds: 60 };
    const waiting = Promise.all([
      there.call('POST', '/api/workflows?wait=60', { workflowDefinitionId }),
      there.call('POST', '/api/tasks/poll', poll),
    ]).catch((error) => error);
    await until('the workflow runs', async () => {
      const { counts } = await there.get('/api/workflows/counts');
      return counts.Running === 1;
    });
    own.terminate();
    assert.equal(await own.exited, 0, own.log());
    const answers = await waiting;
    assert.ok(Array.isArray(answers), `${answers}`);
    const [start, polled] = answers;
    assert.ok(start.status === 200 || start.status === 503, start.text);
    assert.ok(polled.status === 204 || polled.status === 503, polled.text);
  });
});
