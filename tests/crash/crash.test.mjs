// Proves that a killed server loses nothing it has acknowledged and does nothing by halves.
//
// Rounds against one data directory: workers make Users and Items, remove several Items at once,
// single ones, and whole Users; at a random instant the server is killed (SIGKILL) and started
// again. Then everything the round touched is compared with what the workers were told: every
// acknowledged write is there, every removal that was under way is wholly done or wholly not, and
// `tartan doctor` finds the data sound. At the end everything of all rounds is compared once more.
//
//   TARTAN_CRASH_SEED=N repeats a run's choices, TARTAN_CRASH_ROUNDS=N changes their number.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { institutionId } from '../support/items_api.mjs';
import { post, startServer } from '../support/server.mjs';
import { Ledger } from './ledger.mjs';
import { Random } from './random.mjs';

const seed = Number(process.env.TARTAN_CRASH_SEED ?? Math.floor(Math.random() * 2 ** 32));
const rounds = Number(process.env.TARTAN_CRASH_ROUNDS ?? 50);
const workers = 24;
const loadMsMax = 250;
const itemsPerUserMax = 6;
const totalMsMax = 90_000;
const verifiersAtOnce = 32;
const connectionBroke = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE']);

// A worker's place in the world: it alone touches its Users, so what it was told is what holds. Its
// requests mix with the others' in the server's commits.
class Worker {
  constructor(name, ledger, random) {
    Object.assign(this, { name, ledger, random, users: [], created: 0 });
  }

  // Works until the server is gone. `onRemovalSent` is told of each removal the moment it is sent.
  async work(call, onRemovalSent) {
    this.call = call;
    this.onRemovalSent = onRemovalSent;
    // A User whose removal is not known to have failed is none of this worker's business any more.
    this.users = this.users.filter((user) => user.state === 'live');
    for (;;) {
      try {
        await this.#step();
      } catch (error) {
        if (!connectionBroke.has(error.code)) throw error;
        return; // the server is gone
      }
    }
  }

  #step() {
    const users = this.users.filter((one) => one.state === 'live');
    const user = users.length > 0 ? this.random.pick(users) : undefined;
    const items = user?.items.filter((item) => item.state === 'live') ?? [];
    const dice = this.random.below(100);
    if (!user || dice < 8) return this.#createUser();
    if (dice < 50 && items.length < itemsPerUserMax) return this.#createItem(user);
    if (dice < 80 && items.length >= 2) return this.#removeItems(user, items);
    if (dice < 92 && items.length >= 1) return this.#removeItem(this.random.pick(items));
    if (dice < 96) return this.#removeUser(user);
    return this.#createItem(user);
  }

  async #createUser() {
    const clientUserId = `${this.name}-${(this.created += 1)}`;
    const user = this.ledger.beginUser(clientUserId);
    const { user_id } = await this.call('/user/create', { client_user_id: clientUserId });
    this.ledger.userCreated(user, user_id);
    this.users.push(user);
  }

  async #createItem(user) {
    const item = this.ledger.beginItem(user);
    const { public_token } = await this.call('/sandbox/public_token/create', {
      institution_id: institutionId,
      initial_products: ['auth', 'transactions'],
      user_id: user.userId,
    });
    const exchanged = await this.call('/item/public_token/exchange', { public_token });
    this.ledger.itemCreated(item, exchanged.item_id, exchanged.access_token);
  }

  async #removeItems(user, items) {
    const count = 2 + this.random.below(items.length - 1);
    const chosen = this.random.shuffled(items).slice(0, count);
    const removal = this.ledger.beginRemoval(chosen);
    const sent = this.call('/user/items/remove', {
      user_id: user.userId,
      item_ids: chosen.map((item) => item.itemId),
    });
    this.onRemovalSent();
    await sent;
    this.ledger.removed(removal);
  }

  async #removeItem(item) {
    const removal = this.ledger.beginRemoval([item]);
    const sent = this.call('/item/remove', { access_token: item.accessToken });
    this.onRemovalSent();
    await sent;
    this.ledger.removed(removal);
  }

  async #removeUser(user) {
    const removal = this.ledger.beginUserRemoval(user);
    const sent = this.call('/user/remove', { user_id: user.userId });
    this.onRemovalSent();
    await sent;
    this.ledger.removed(removal);
  }
}

// When to kill: half of the rounds at a random time, the other half right after a removal has been
// sent, or a moment later, so that many removals are caught under way.
function killTrigger(random) {
  if (random.below(2) === 0) {
    const afterMs = 5 + random.below(loadMsMax);
    return { instant: delay(afterMs), onRemovalSent: () => {} };
  }
  let countdown = 1 + random.below(60);
  const graceMs = random.below(4);
  let fire;
  const instant = new Promise((resolve) => (fire = resolve));
  const onRemovalSent = () => {
    countdown -= 1;
    if (countdown === 0) fire(graceMs === 0 ? undefined : delay(graceMs));
  };
  return { instant: Promise.race([instant, delay(loadMsMax)]), onRemovalSent };
}

// Calls as one client, whose every reply must be a success while the server lives.
function successfulCalls(server) {
  const keys = { clientId: server.clientId, secret: server.secrets.sandbox };
  return async (path, body) => {
    const reply = await post(server.sandbox, path, body, keys);
    assert.ok(reply.status < 300, `${path} ${JSON.stringify(body)}: ${reply.text}`);
    return reply.body;
  };
}

async function loadAndKill(server, staff, random) {
  const { instant, onRemovalSent } = killTrigger(random);
  const call = successfulCalls(server);
  const work = Promise.all(staff.map((worker) => worker.work(call, onRemovalSent)));
  // A worker that was told something impossible fails at once, not after the kill; and a server
  // that ends before it is killed is a failure too.
  const outcome = await Promise.race([
    instant.then(() => 'running'),
    server.exited.then((end) => `ended with ${end}`),
    work.then(() => 'refusing its clients'),
  ]);
  assert.equal(outcome, 'running', server.log().slice(-4000));
  await server.kill();
  await work;
}

// `itemsOf` chooses the Items of a User that are asked for one by one.
async function verify(server, users, itemsOf) {
  const keys = { clientId: server.clientId, secret: server.secrets.sandbox };
  const ask = (path, body) => post(server.sandbox, path, body, keys);
  const queue = [...users];
  const verifier = async () => {
    for (let user = queue.pop(); user; user = queue.pop()) await user.verify(ask, itemsOf(user));
  };
  await Promise.all(Array.from({ length: verifiersAtOnce }, verifier));
}

async function assertSound(server) {
  const report = await server.cli('doctor');
  assert.equal(report.ok, true, JSON.stringify(report.findings));
}

const title = `what was acknowledged outlives ${rounds} kills, and no removal is half-done`;

test(title, { timeout: totalMsMax * 1.5 }, async (t) => {
  t.diagnostic(`TARTAN_CRASH_SEED=${seed}`);
  const startedAt = performance.now();
  const random = new Random(seed);
  const ledger = new Ledger();
  const staff = Array.from(
    { length: workers },
    (_, i) => new Worker(`crash-${i}`, ledger, random.fork()),
  );
  const totals = { removalsUnderWay: 0, done: 0, undone: 0, roundsWithRemovals: 0 };
  let server = await startServer();
  t.after(() => server.kill());

  for (let round = 1; round <= rounds; round += 1) {
    try {
      await loadAndKill(server, staff, random);
      server = await startServer({ dataDir: server.dataDir });
      const underWay = ledger.removalsUnderWay();
      await verify(server, ledger.takeTouched(), (user) => user.itemsNotSeenGone());
      await assertSound(server);
      const done = underWay.filter((removal) => removal.outcome === 'done').length;
      totals.removalsUnderWay += underWay.length;
      totals.done += done;
      totals.undone += underWay.length - done;
      totals.roundsWithRemovals += underWay.length > 0 ? 1 : 0;
    } catch (error) {
      error.message = `round ${round}, TARTAN_CRASH_SEED=${seed}: ${error.message}`;
      throw error;
    }
    assert.ok(
      performance.now() - startedAt < totalMsMax,
      `${round} of ${rounds} rounds took more than ${totalMsMax} ms`,
    );
  }

  await verify(server, ledger.users, (user) => user.items);
  assert.equal(await server.stop(), 0, server.log());
  await assertSound(server); // and now without a server
  const { users, items } = ledger.counts();
  t.diagnostic(`${users} Users, ${items} Items, ${ledger.removalsAcknowledged} removals answered`);
  t.diagnostic(
    `${totals.removalsUnderWay} removals under way in ${totals.roundsWithRemovals} rounds: ` +
      `${totals.done} done, ${totals.undone} not`,
  );
  // Without these the kills would have proved little.
  assert.ok(ledger.removalsAcknowledged > rounds, 'removals were answered');
  assert.ok(totals.roundsWithRemovals >= rounds / 4, 'kills caught removals under way');
});
