// Proves that a killed server loses no workflow that it has acknowledged and leaves no request
// unaccounted for.
//
// Rounds against one data directory: starters start workflows of several kinds, each start with an
// Idempotency-Key that is used again when the answer was lost; the workflows call a target in this
// process that records what it gets. At a random instant the server is killed (SIGKILL; every fifth
// time told to stop, SIGTERM) and started again. In the end every acknowledged workflow is there
// and has ended, or waits for a person; each start made one workflow; no request reached the target
// that the history does not hold, none twice without its recorded reason; what is recorded as
// answered was answered so; and `tartan doctor` finds the data sound.
//
//   TARTAN_CRASH_SEED=N repeats a run's choices, TARTAN_CRASH_ROUNDS=N changes their number.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startServer, until } from '../support/server.mjs';
import {
  Workbench,
  finalStatuses,
  httpTask,
  json,
  simple,
  startTarget,
  wait,
} from '../support/workbench.mjs';
import { Random } from './random.mjs';

const seed = Number(process.env.TARTAN_CRASH_SEED ?? Math.floor(Math.random() * 2 ** 32));
const rounds = Number(process.env.TARTAN_CRASH_ROUNDS ?? 40);
const starters = 8;
const loadMsMax = 250;
const settleMsMax = 25_000;
const totalMsMax = 90_000;
const readersAtOnce = 24;
const orderlyEvery = 5;
const connectionBroke = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE']);

const retry = { intervalSeconds: 0.02, maxAttempts: 100, backoffRate: 1 };

// Each kind: its tasks, given how a request to the target is written.
const kinds = {
  // Repeated as often as needed.
  retried: (post) => ({
    First: post('/retried/1', { retry, nextTask: 'Choose' }),
    Choose: {
      type: 'Decision',
      choices: [{ condition: '$.body.ok === true', nextTask: 'Second' }],
      defaultTask: 'Odd',
    },
    Odd: { type: 'Terminate', terminationStatus: 'Failed' },
    Second: post('/retried/2', { retry, end: true }),
  }),
  // Never sent twice, whatever happens.
  once: (post) => ({
    First: post('/once/1', { nextTask: 'Second' }),
    Second: post('/once/2', { end: true }),
  }),
  // Repeated when nobody knows what came of it, because that is harmless.
  harmless: (post) => ({ Only: post('/harmless', { idempotent: true, end: true }) }),
  branched: (post) => ({
    Both: {
      type: 'Parallel',
      branches: ['Left', 'Right'].map((name) => ({
        startTask: name,
        tasks: { [name]: post(`/branched/${name}`, { retry, end: true }) },
      })),
      nextTask: 'Pause',
    },
    Pause: wait(1, { nextTask: 'After' }),
    After: post('/branched/after', { retry, end: true }),
  }),
  asking: (post) => ({ Call: post('/asking', { retry, nextTask: 'Ask' }), Ask: simple() }),
};

// Now and then the target is busy, and mostly it takes a moment: kills catch requests under way.
function targetAnswers(random) {
  return (received, response) => {
    const isBusy = received.url.startsWith('/retried') && random.below(20) === 0;
    received.status = isBusy ? 503 : 200;
    setTimeout(() => json(response, { ok: true }, received.status), random.below(25));
  };
}

class Starter {
  #started = 0;
  #unanswered;

  constructor(name, random, definitions) {
    Object.assign(this, { name, random, definitions, acknowledged: [] });
  }

  // Starts workflows until the server is gone. The start whose answer was lost is made again.
  async work(workbench) {
    for (;;) {
      this.#unanswered ??= this.#next();
      const { kind, token } = this.#unanswered;
      try {
        const headers = { 'Idempotency-Key': token };
        const id = await workbench.start(this.definitions[kind], { token }, { headers });
        this.acknowledged.push({ id, kind, token });
        this.#unanswered = undefined;
      } catch (error) {
        const isDraining = /answered 503/.test(error.message);
        if (!connectionBroke.has(error.code) && !isDraining) throw error;
        return;
      }
    }
  }

  #next() {
    this.#started += 1;
    return { kind: this.random.pick(Object.keys(kinds)), token: `${this.name}-${this.#started}` };
  }
}

async function loadAndEnd(server, staff, random, signal) {
  const workbench = new Workbench(server);
  const work = Promise.all(staff.map((starter) => starter.work(workbench)));
  const outcome = await Promise.race([
    delay(5 + random.below(loadMsMax)).then(() => 'running'),
    server.exited.then((end) => `ended with ${end}`),
    work.then(() => 'refusing its clients'),
  ]);
  assert.equal(outcome, 'running', server.log().slice(-4000));
  if (signal === 'SIGKILL') await server.kill();
  else assert.equal(await server.stop(), 0, server.log().slice(-4000));
  await work;
}

// Runs `act` on each of `list`, several at once.
async function forEach(list, act) {
  const queue = [...list];
  const reader = async () => {
    for (let one = queue.pop(); one !== undefined; one = queue.pop()) await act(one);
  };
  await Promise.all(Array.from({ length: readersAtOnce }, reader));
}

// Waits until nothing runs any more but what waits for a person.
async function settle(workbench, askingId) {
  await until(
    'every workflow has ended or waits for a person',
    async () => {
      const { counts } = await workbench.get('/api/workflows/counts');
      const asking = await workbench.get(`/api/workflows/counts?workflowDefinitionId=${askingId}`);
      const open = await workbench.all(`/api/tasks?workflowDefinitionId=${askingId}`, 1000);
      const isAsking = open.length === asking.counts.Running;
      return isAsking && counts.Running === asking.counts.Running && counts.Scheduled === 0;
    },
    { timeoutMs: settleMsMax, everyMs: 100 },
  );
}

// The attempts of a history by the key with which they went out: [{number, because, outcome, …}].
function attemptsOf(history) {
  const byKey = new Map();
  for (const transition of history) {
    if (transition.type === 'AttemptStarted') {
      const { idempotencyKey, attempt, because, taskName } = transition;
      if (!byKey.has(idempotencyKey)) byKey.set(idempotencyKey, []);
      byKey.get(idempotencyKey).push({ attempt, because, taskName, taskId: transition.taskId });
    } else if (transition.type === 'AttemptEnded') {
      const started = byKey.get(transition.taskId).at(-1);
      assert.equal(started.attempt, transition.attempt, 'an attempt ends before the next begins');
      Object.assign(started, { outcome: transition.outcome, status: transition.status });
    }
  }
  return byKey;
}

// Holds one workflow's history against what the target got. Tells of its lost attempts.
function compare(run, history, received, kind) {
  const said = `${kind} workflow ${run.id}: ${JSON.stringify(history)}`;
  let lost = 0;
  for (const [key, attempts] of attemptsOf(history)) {
    const got = received.get(key) ?? [];
    received.delete(key);
    attempts.forEach(({ attempt, because, outcome }, at) => {
      assert.equal(attempt, at + 1, said);
      assert.ok(at === 0 || because, `attempt ${attempt} has its reason, ${said}`);
      assert.ok(outcome, `attempt ${attempt} has ended, ${said}`);
    });
    assert.ok(got.length <= attempts.length, `${got.length} requests of ${key}, ${said}`);
    const answered = attempts.filter(({ outcome }) => outcome === 'replied');
    for (const status of [200, 503]) {
      const recorded = answered.filter((one) => one.status === status).length;
      const sent = got.filter((one) => one.status === status).length;
      assert.ok(recorded <= sent, `${recorded} recorded, ${sent} answered ${status}, ${said}`);
    }
    if (kind === 'once') assert.ok(got.length <= 1, `sent once, ${said}`);
    lost += attempts.filter(({ outcome }) => outcome === 'lost').length;
  }
  if (run.status === 'Failed') {
    assert.equal(kind, 'once', said);
    assert.equal(run.failedCause, 'outcomeUnknown', said);
  } else {
    assert.equal(run.status, kind === 'asking' ? 'Running' : 'Completed', said);
  }
  const routed = history
    .filter(({ type }) => type === 'TaskScheduled')
    .map(({ taskName }) => taskName);
  assert.equal(new Set(routed).size, routed.length, `no task runs twice, ${said}`);
  return lost;
}

const title = `workflows outlive ${rounds} ends of the server, and every request is accounted for`;

test(title, { timeout: totalMsMax * 1.5 }, async (t) => {
  t.diagnostic(`TARTAN_CRASH_SEED=${seed}`);
  const startedAt = performance.now();
  const random = new Random(seed);
  const target = await startTarget(targetAnswers(random.fork()));
  let server = await startServer({ args: target.allow });
  t.after(async () => {
    await server.kill();
    await target.stop();
  });

  const post = (path, more) => httpTask({ method: 'POST', url: target.url + path, body: {} }, more);
  const definitions = {};
  for (const [kind, tasks] of Object.entries(kinds)) {
    definitions[kind] = await new Workbench(server).define(tasks(post), { name: kind });
  }
  const staff = Array.from(
    { length: starters },
    (_, i) => new Starter(`s${i}`, random.fork(), definitions),
  );

  for (let round = 1; round <= rounds; round += 1) {
    try {
      const signal = round % orderlyEvery === 0 ? 'SIGTERM' : 'SIGKILL';
      await loadAndEnd(server, staff, random, signal);
      server = await startServer({ dataDir: server.dataDir, args: target.allow });
    } catch (error) {
      error.message = `round ${round}, TARTAN_CRASH_SEED=${seed}: ${error.message}`;
      throw error;
    }
    const tookMs = performance.now() - startedAt;
    assert.ok(tookMs < totalMsMax, `${round} of ${rounds} rounds took ${tookMs} ms`);
  }

  const workbench = new Workbench(server);
  await settle(workbench, definitions.asking);
  const received = new Map();
  for (const request of target.requests) {
    const key = request.headers['idempotency-key'];
    received.set(key, [...(received.get(key) ?? []), request]);
  }
  const requests = target.requests.length;

  const kindOf = Object.fromEntries(Object.entries(definitions).map(([kind, id]) => [id, kind]));
  const tokens = new Map();
  const runs = new Map();
  let lost = 0;
  await forEach(await workbench.all('/api/workflows', 1000), async ({ id }) => {
    const [run, history] = [await workbench.workflow(id), await workbench.history(id)];
    const kind = kindOf[run.workflowDefinitionId];
    assert.ok(finalStatuses.includes(run.status) || kind === 'asking', `${id} is ${run.status}`);
    lost += compare(run, history, received, kind);
    assert.ok(!tokens.has(run.input.token), `one workflow for ${run.input.token}`);
    tokens.set(run.input.token, id);
    runs.set(id, run);
  });
  assert.deepEqual([...received.keys()], [], 'no request came from nowhere');

  const acknowledged = staff.flatMap((starter) => starter.acknowledged);
  for (const { id, kind, token } of acknowledged) {
    assert.equal(runs.get(id)?.input.token, token, `the acknowledged ${kind} workflow ${id}`);
  }
  const report = await server.cli('doctor');
  assert.equal(report.ok, true, JSON.stringify(report.findings));
  assert.equal(await server.stop(), 0, server.log());

  t.diagnostic(`${runs.size} workflows, ${acknowledged.length} acknowledged, ${requests} requests`);
  t.diagnostic(`${lost} attempts were under way at a kill`);
  // Without these the kills would have proved little.
  assert.ok(acknowledged.length > rounds * 3, 'starts were acknowledged');
  assert.ok(lost > rounds, 'kills caught requests under way');
  assert.ok(performance.now() - startedAt < totalMsMax, 'in time');
});
