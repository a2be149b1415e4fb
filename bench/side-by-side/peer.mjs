// The service that a developer would write instead of Tartan: Fastify, better-sqlite3, the same
// calls, the same durability (a reply is sent after its transaction is on disk).
//
// It is written to be fast in the ordinary way: prepared statements, one transaction per request,
// JSON schemas for requests and replies (Fastify compiles both), no logging. It does for a removal
// what Tartan does for one: Item, accounts and token go, a tombstone of the token stays, the
// subscriptions of the Item end. It does not seal data at rest, and it erases no freed pages.
//
//   node peer.mjs --data DIR --ready-file FILE [--port 0] [--synchronous FULL]
//   TARTAN_CLIENT_ID and TARTAN_SECRET_SANDBOX name the one client.

import { hash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import Database from 'better-sqlite3';
import Fastify from 'fastify';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    'ready-file': { type: 'string' },
    port: { type: 'string', default: '0' },
    // OFF only while a benchmark seeds; never while it measures.
    synchronous: { type: 'string', default: 'FULL' },
  },
});

const institutionName = 'First Platypus Bank';
const itemIdsMax = 1000;

// --- Store -------------------------------------------------------------------------------------

function openDatabase(directory) {
  mkdirSync(directory, { recursive: true });
  const db = new Database(path.join(directory, 'peer.sqlite'));
  db.pragma('journal_mode = WAL');
  db.pragma(`synchronous = ${options.synchronous}`);
  db.pragma('foreign_keys = ON');
  db.exec(`
    CREATE TABLE IF NOT EXISTS clients (
      client_id TEXT PRIMARY KEY,
      secret_hash BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS users (
      user_id TEXT PRIMARY KEY,
      client_id TEXT NOT NULL,
      client_user_id TEXT NOT NULL,
      created_at TEXT NOT NULL,
      UNIQUE (client_id, client_user_id)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS items (
      item_id TEXT PRIMARY KEY,
      client_id TEXT NOT NULL,
      user_id TEXT REFERENCES users,
      institution_id TEXT NOT NULL,
      institution_name TEXT NOT NULL,
      webhook TEXT,
      billed_products TEXT NOT NULL,
      available_products TEXT NOT NULL,
      created_at TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS items_by_user ON items (user_id);
    CREATE TABLE IF NOT EXISTS accounts (
      item_id TEXT NOT NULL REFERENCES items ON DELETE CASCADE,
      position INTEGER NOT NULL,
      account_id TEXT NOT NULL,
      name TEXT NOT NULL,
      mask TEXT NOT NULL,
      type TEXT NOT NULL,
      subtype TEXT NOT NULL,
      current REAL,
      available REAL,
      PRIMARY KEY (item_id, position)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS public_tokens (
      token_hash BLOB PRIMARY KEY,
      item_id TEXT NOT NULL REFERENCES items ON DELETE CASCADE
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS public_tokens_by_item ON public_tokens (item_id);
    -- A removed Item keeps the row of its token: the tombstone.
    CREATE TABLE IF NOT EXISTS access_tokens (
      token_hash BLOB PRIMARY KEY,
      item_id TEXT NOT NULL,
      client_id TEXT NOT NULL,
      removed_at TEXT
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS access_tokens_by_item ON access_tokens (item_id);
    CREATE TABLE IF NOT EXISTS subscriptions (
      item_id TEXT NOT NULL,
      product TEXT NOT NULL,
      started_at TEXT NOT NULL,
      ended_at TEXT,
      cause TEXT,
      PRIMARY KEY (item_id, product)
    ) WITHOUT ROWID;
  `);
  return db;
}

const db = openDatabase(options.data);

const sql = {
  client: db.prepare('SELECT secret_hash FROM clients WHERE client_id = ?'),
  addClient: db.prepare('INSERT OR REPLACE INTO clients VALUES (?, ?)'),
  user: db.prepare('SELECT user_id FROM users WHERE user_id = ? AND client_id = ?'),
  userByClientUserId: db.prepare(
    'SELECT user_id FROM users WHERE client_id = ? AND client_user_id = ?',
  ),
  addUser: db.prepare('INSERT INTO users VALUES (?, ?, ?, ?)'),
  itemsOfUser: db.prepare(
    `SELECT item_id, institution_id, institution_name, webhook, billed_products, available_products
     FROM items WHERE user_id = ?`,
  ),
  item: db.prepare(
    `SELECT item_id, institution_id, institution_name, webhook, billed_products,
            available_products, created_at
     FROM items WHERE item_id = ?`,
  ),
  itemOwner: db.prepare('SELECT user_id FROM items WHERE item_id = ?'),
  addItem: db.prepare('INSERT INTO items VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)'),
  addAccount: db.prepare('INSERT INTO accounts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)'),
  addPublicToken: db.prepare('INSERT INTO public_tokens VALUES (?, ?)'),
  takePublicToken: db.prepare('DELETE FROM public_tokens WHERE token_hash = ? RETURNING item_id'),
  accessToken: db.prepare(
    'SELECT item_id, client_id, removed_at FROM access_tokens WHERE token_hash = ?',
  ),
  addAccessToken: db.prepare('INSERT INTO access_tokens VALUES (?, ?, ?, NULL)'),
  addSubscription: db.prepare('INSERT INTO subscriptions VALUES (?, ?, ?, NULL, NULL)'),
  buryTokens: db.prepare('UPDATE access_tokens SET removed_at = ? WHERE item_id = ?'),
  endSubscriptions: db.prepare(
    'UPDATE subscriptions SET ended_at = ?, cause = ? WHERE item_id = ? AND ended_at IS NULL',
  ),
  deleteItem: db.prepare('DELETE FROM items WHERE item_id = ?'),
};

// --- Ids, hashes, errors -----------------------------------------------------------------------

const sha256 = (secretText) => hash('sha256', secretText, 'buffer');

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

function randomId(length) {
  let id = '';
  for (const byte of randomBytes(length)) id += alphabet[byte % alphabet.length];
  return id;
}

const newRequestId = () => randomId(15);

class PlaidError extends Error {
  constructor(type, code, message) {
    super(message);
    Object.assign(this, { type, code, statusCode: 400 });
  }
}

const itemNotFound = (message) => new PlaidError('ITEM_ERROR', 'ITEM_NOT_FOUND', message);

// --- What the calls do -------------------------------------------------------------------------

function requireUser(clientId, userId) {
  if (!sql.user.get(userId, clientId)) {
    throw new PlaidError('USER_ERROR', 'USER_NOT_FOUND', 'no such user');
  }
}

const createUser = db.transaction((clientId, clientUserId) => {
  const existing = sql.userByClientUserId.get(clientId, clientUserId);
  if (existing) return { userId: existing.user_id, status: 200 };
  const userId = `usr_${randomId(14)}`;
  sql.addUser.run(userId, clientId, clientUserId, new Date().toISOString());
  return { userId, status: 201 };
});

const sandboxAccounts = [
  ['Plaid Checking', '0000', 'depository', 'checking', 110, 100],
  ['Plaid Saving', '1111', 'depository', 'savings', 210, 200],
  ['Plaid CD', '2222', 'depository', 'cd', 1000, null],
  ['Plaid Credit Card', '3333', 'credit', 'credit card', 410, null],
];

const createSandboxItem = db.transaction((clientId, body) => {
  if (body.user_id !== undefined) requireUser(clientId, body.user_id);
  const itemId = randomId(37);
  const now = new Date().toISOString();
  sql.addItem.run(
    itemId,
    clientId,
    body.user_id ?? null,
    body.institution_id,
    institutionName,
    null,
    JSON.stringify(body.initial_products),
    JSON.stringify(['balance']),
    now,
  );
  sandboxAccounts.forEach(([name, mask, type, subtype, current, available], position) => {
    sql.addAccount.run(
      ...[itemId, position, randomId(37), name, mask, type, subtype, current, available],
    );
  });
  for (const product of body.initial_products) sql.addSubscription.run(itemId, product, now);
  const publicToken = `public-sandbox-${randomUUID()}`;
  sql.addPublicToken.run(sha256(publicToken), itemId);
  return publicToken;
});

const exchangePublicToken = db.transaction((clientId, publicToken) => {
  const taken = sql.takePublicToken.get(sha256(publicToken));
  if (!taken) throw new PlaidError('INVALID_INPUT', 'INVALID_PUBLIC_TOKEN', 'no such token');
  const accessToken = `access-sandbox-${randomUUID()}`;
  sql.addAccessToken.run(sha256(accessToken), taken.item_id, clientId);
  return { accessToken, itemId: taken.item_id };
});

const removeItems = db.transaction((clientId, userId, itemIds) => {
  requireUser(clientId, userId);
  const distinct = [...new Set(itemIds)];
  const foreign = distinct.filter((itemId) => sql.itemOwner.get(itemId)?.user_id !== userId);
  if (foreign.length > 0) throw itemNotFound(`not Items of this user: ${foreign.join(', ')}`);
  const now = new Date().toISOString();
  for (const itemId of distinct) {
    sql.buryTokens.run(now, itemId);
    sql.endSubscriptions.run(now, 'user_items_remove', itemId);
    sql.deleteItem.run(itemId); // accounts and public tokens go with it
  }
});

function itemOfToken(clientId, accessToken) {
  const token = sql.accessToken.get(sha256(accessToken));
  if (!token || token.client_id !== clientId) {
    throw new PlaidError('INVALID_INPUT', 'INVALID_ACCESS_TOKEN', 'no such access token');
  }
  if (token.removed_at !== null) throw itemNotFound('the Item was removed');
  return sql.item.get(token.item_id);
}

const itemJson = (row) => ({
  item_id: row.item_id,
  institution_id: row.institution_id,
  institution_name: row.institution_name,
  webhook: row.webhook,
  error: null,
  available_products: JSON.parse(row.available_products),
  billed_products: JSON.parse(row.billed_products),
  consent_expiration_time: null,
  update_type: 'background',
  created_at: row.created_at,
});

// --- HTTP --------------------------------------------------------------------------------------

const text = { type: 'string' };
const nullableText = { type: ['string', 'null'] };
const texts = { type: 'array', items: text };
const filledText = { type: 'string', minLength: 1 };

const bodySchema = (properties, required) => ({
  type: 'object',
  additionalProperties: false,
  properties: { client_id: text, secret: text, ...properties },
  required,
});

const replySchema = (properties) => ({
  type: 'object',
  properties: { ...properties, request_id: text },
});

const itemSchema = {
  type: 'object',
  properties: {
    item_id: text,
    institution_id: nullableText,
    institution_name: nullableText,
    webhook: nullableText,
    error: { type: 'null' },
    available_products: texts,
    billed_products: texts,
    consent_expiration_time: nullableText,
    update_type: text,
    created_at: text,
  },
};

const app = Fastify({
  logger: false,
  bodyLimit: 1024 * 1024,
  // As strict as Tartan: nothing is dropped or converted in silence.
  ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
});

app.decorateRequest('clientId', '');

app.addHook('preHandler', async (request) => {
  const clientId = request.headers['plaid-client-id'] ?? request.body?.client_id;
  const secret = request.headers['plaid-secret'] ?? request.body?.secret;
  if (typeof clientId !== 'string' || typeof secret !== 'string') {
    throw new PlaidError('INVALID_REQUEST', 'MISSING_FIELDS', 'client_id and secret are required');
  }
  const client = sql.client.get(clientId);
  if (!client || !timingSafeEqual(client.secret_hash, sha256(secret))) {
    throw new PlaidError('INVALID_INPUT', 'INVALID_API_KEYS', 'wrong client_id or secret');
  }
  request.clientId = clientId;
});

app.setErrorHandler((error, request, reply) => {
  const validation = error.validation?.[0]?.keyword;
  const codes = { required: 'MISSING_FIELDS', additionalProperties: 'UNKNOWN_FIELDS' };
  const code = error instanceof PlaidError ? error.code : (codes[validation] ?? 'INVALID_FIELD');
  reply.code(error.statusCode ?? 500).send({
    error_type: error.type ?? 'INVALID_REQUEST',
    error_code: code,
    error_message: error.message,
    display_message: null,
    request_id: newRequestId(),
  });
});

const answer = (fields) => ({ ...fields, request_id: newRequestId() });

app.post(
  '/user/create',
  { schema: { body: bodySchema({ client_user_id: filledText }, ['client_user_id']) } },
  async (request, reply) => {
    const { userId, status } = createUser.immediate(request.clientId, request.body.client_user_id);
    reply.code(status);
    return answer({ user_id: userId });
  },
);

app.post(
  '/sandbox/public_token/create',
  {
    schema: {
      body: bodySchema(
        {
          institution_id: filledText,
          initial_products: { ...texts, minItems: 1 },
          user_id: filledText,
        },
        ['institution_id', 'initial_products'],
      ),
    },
  },
  async (request) =>
    answer({ public_token: createSandboxItem.immediate(request.clientId, request.body) }),
);

app.post(
  '/item/public_token/exchange',
  { schema: { body: bodySchema({ public_token: filledText }, ['public_token']) } },
  async (request) => {
    const { accessToken, itemId } = exchangePublicToken.immediate(
      request.clientId,
      request.body.public_token,
    );
    return answer({ access_token: accessToken, item_id: itemId });
  },
);

app.post(
  '/user/items/get',
  {
    schema: {
      body: bodySchema({ user_id: filledText }, ['user_id']),
      response: { 200: replySchema({ items: { type: 'array', items: itemSchema } }) },
    },
  },
  async (request) => {
    requireUser(request.clientId, request.body.user_id);
    return answer({ items: sql.itemsOfUser.all(request.body.user_id).map(itemJson) });
  },
);

app.post(
  '/item/get',
  {
    schema: {
      body: bodySchema({ access_token: filledText }, ['access_token']),
      response: { 200: replySchema({ item: itemSchema, status: { type: 'null' } }) },
    },
  },
  async (request) => {
    const row = itemOfToken(request.clientId, request.body.access_token);
    return answer({ item: itemJson(row), status: null });
  },
);

app.post(
  '/user/items/remove',
  {
    schema: {
      body: bodySchema(
        {
          user_id: filledText,
          item_ids: { type: 'array', items: filledText, minItems: 1, maxItems: itemIdsMax },
        },
        ['user_id', 'item_ids'],
      ),
      response: { 200: replySchema({}) },
    },
  },
  async (request) => {
    removeItems.immediate(request.clientId, request.body.user_id, request.body.item_ids);
    return answer({});
  },
);

// --- Start and stop ----------------------------------------------------------------------------

sql.addClient.run(process.env.TARTAN_CLIENT_ID, sha256(process.env.TARTAN_SECRET_SANDBOX));
const address = await app.listen({ host: '127.0.0.1', port: Number(options.port) });
const readyFile = options['ready-file'];
writeFileSync(`${readyFile}.new`, JSON.stringify({ sandbox: address }));
renameSync(`${readyFile}.new`, readyFile);

process.once('SIGTERM', async () => {
  await app.close();
  db.close();
});
