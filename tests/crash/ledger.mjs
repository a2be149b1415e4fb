// What the workers of the crash test have been told, and how it compares with what the server says
// after a restart.
//
// A User or Item is 'beginning' (asked for, no answer), 'live', 'leaving' (removal under way) or
// 'gone'. What was under way at a kill may have happened or not; the comparison settles which, and
// from then on it must stay so.

import assert from 'node:assert/strict';

const errorCode = (reply) => (reply.status < 300 ? undefined : reply.body.error_code);

class User {
  constructor(ledger, clientUserId) {
    Object.assign(this, { ledger, clientUserId, userId: undefined, state: 'beginning', items: [] });
  }

  // Compares with the server, and `items` of this User one by one; `ask(path, body)` gives the
  // reply, success or error.
  async verify(ask, items) {
    if (this.state === 'beginning') return; // its id is unknown, so nothing can be asked
    const listing = await ask('/user/items/get', { user_id: this.userId });
    if (this.state === 'leaving') this.#settleRemoval(listing);
    if (this.state === 'gone') {
      assert.equal(errorCode(listing), 'USER_NOT_FOUND', `${this.userId} was removed`);
    } else {
      assert.equal(listing.status, 200, `${this.userId} was acknowledged: ${listing.text}`);
      this.#compareListing(new Set(listing.body.items.map((item) => item.item_id)));
    }
    for (const item of items) await item.verify(ask);
  }

  itemsNotSeenGone() {
    return this.items.filter((item) => !item.seenGone);
  }

  #settleRemoval(listing) {
    const done = errorCode(listing) === 'USER_NOT_FOUND';
    this.ledger.settle(this.removal, done);
  }

  #compareListing(listed) {
    for (const removal of new Set(this.items.map((item) => item.removal).filter(Boolean))) {
      if (removal.outcome !== undefined) continue;
      const there = removal.items.filter((item) => listed.has(item.itemId));
      const whole = there.length === 0 || there.length === removal.items.length;
      assert.ok(whole, `${there.length} of ${removal.items.length} Items of one removal are left`);
      this.ledger.settle(removal, there.length === 0);
    }
    const known = this.items.filter((item) => item.itemId !== undefined);
    for (const item of known) {
      const expected = item.state === 'live';
      assert.equal(listed.has(item.itemId), expected, `${item.itemId} is ${item.state}`);
      listed.delete(item.itemId);
    }
    // What is left was asked for without an answer, so there may be one for each such request.
    const unanswered = this.items.filter((item) => item.state === 'beginning').length;
    assert.ok(listed.size <= unanswered, `${this.userId} lists ${[...listed]}, never asked for`);
  }
}

class Item {
  constructor(user) {
    Object.assign(this, { user, itemId: undefined, accessToken: undefined });
    Object.assign(this, { state: 'beginning', seenGone: false });
  }

  async verify(ask) {
    if (this.state === 'beginning') return;
    const got = await ask('/item/get', { access_token: this.accessToken });
    if (this.state === 'gone') {
      assert.equal(errorCode(got), 'ITEM_NOT_FOUND', `${this.itemId} was removed: ${got.text}`);
      this.seenGone = true;
      return;
    }
    assert.equal(got.status, 200, `the token of ${this.itemId} works: ${got.text}`);
    assert.equal(got.body.item.item_id, this.itemId);
    const accounts = await ask('/accounts/get', { access_token: this.accessToken });
    assert.equal(accounts.status, 200, accounts.text);
    assert.ok(accounts.body.accounts.length >= 4, `${this.itemId} has its accounts`);
  }
}

export class Ledger {
  users = [];
  removalsAcknowledged = 0;
  #touched = new Set();
  #removals = new Set();

  beginUser(clientUserId) {
    return new User(this, clientUserId);
  }

  userCreated(user, userId) {
    Object.assign(user, { userId, state: 'live' });
    this.users.push(user);
    this.#touched.add(user);
  }

  beginItem(user) {
    const item = new Item(user);
    user.items.push(item);
    this.#touched.add(user);
    return item;
  }

  itemCreated(item, itemId, accessToken) {
    Object.assign(item, { itemId, accessToken, state: 'live' });
  }

  beginRemoval(items) {
    return this.#begin({ items, user: undefined });
  }

  // The User goes, and every Item that it has.
  beginUserRemoval(user) {
    return this.#begin({ items: user.items.filter((item) => item.state === 'live'), user });
  }

  #begin(removal) {
    const subjects = removal.user ? [removal.user, ...removal.items] : removal.items;
    for (const subject of subjects) Object.assign(subject, { state: 'leaving', removal });
    this.#touched.add(removal.user ?? removal.items[0].user);
    this.#removals.add(removal);
    return removal;
  }

  // The server has said that it is done.
  removed(removal) {
    this.removalsAcknowledged += 1;
    this.settle(removal, true);
  }

  settle(removal, done) {
    removal.outcome = done ? 'done' : 'undone';
    this.#removals.delete(removal);
    const subjects = removal.user ? [removal.user, ...removal.items] : removal.items;
    for (const subject of subjects) subject.state = done ? 'gone' : 'live';
  }

  removalsUnderWay() {
    return [...this.#removals];
  }

  // The Users that a worker has touched since this was last asked.
  takeTouched() {
    const touched = [...this.#touched];
    this.#touched.clear();
    return touched;
  }

  counts() {
    const items = this.users.flatMap((user) => user.items);
    return { users: this.users.length, items: items.filter(({ itemId }) => itemId).length };
  }
}
