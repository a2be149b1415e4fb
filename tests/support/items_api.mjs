// The calls that most tests make before they come to their point: a User, Items of that User.
// Each fails at once, with the server's words, when the reply is not a success.

import assert from 'node:assert/strict';
import { post } from './server.mjs';

export const institutionId = 'ins_109508';

// A caller with one client's keys for one environment's listener.
export class ItemsApi {
  constructor(base, clientId, secret) {
    this.base = base;
    this.keys = { clientId, secret };
  }

  static sandboxOf(server) {
    return new ItemsApi(server.sandbox, server.clientId, server.secrets.sandbox);
  }

  // The reply as it is.
  call(path, body = {}, options = {}) {
    return post(this.base, path, body, { ...this.keys, ...options });
  }

  // The body of a reply that must be a success.
  async succeed(path, body) {
    const reply = await this.call(path, body);
    assert.ok(
      reply.status === 200 || reply.status === 201,
      `${path} answered ${reply.status}: ${reply.text}`,
    );
    return reply.body;
  }

  async createUser(clientUserId, more = {}) {
    return this.succeed('/user/create', { client_user_id: clientUserId, ...more });
  }

  // `user` is {user_id} or {user_token}; gives {access_token, item_id, public_token}.
  async createItem(user, { products = ['transactions'], options } = {}) {
    const { public_token } = await this.succeed('/sandbox/public_token/create', {
      ...{ institution_id: institutionId, initial_products: products },
      ...(options === undefined ? {} : { options }),
      ...user,
    });
    const { access_token, item_id } = await this.succeed('/item/public_token/exchange', {
      public_token,
    });
    return { access_token, item_id, public_token };
  }

  async itemIdsOf(user) {
    const { items } = await this.succeed('/user/items/get', user);
    return items.map((item) => item.item_id).sort();
  }
}

// Every documented field of a Plaid error, with the values that the caller names.
export function assertPlaidError(reply, { status = 400, type, code }) {
  const said = `${reply.status}: ${reply.text ?? JSON.stringify(reply.body)}`;
  assert.equal(reply.status, status, said);
  const error = reply.body;
  assert.equal(error.error_type, type, said);
  assert.equal(error.error_code, code, said);
  assert.ok(typeof error.error_message === 'string' && error.error_message !== '', said);
  assert.ok(error.display_message === null || typeof error.display_message === 'string', said);
  assert.match(error.request_id, /^[0-9A-Za-z]{6,}$/, said);
}

export const itemNotFound = { type: 'ITEM_ERROR', code: 'ITEM_NOT_FOUND' };
export const invalidAccessToken = { type: 'INVALID_INPUT', code: 'INVALID_ACCESS_TOKEN' };
export const userNotFound = { type: 'USER_ERROR', code: 'USER_NOT_FOUND' };
