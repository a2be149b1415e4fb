// The command line against a running server and against a folder alone: clients, secrets, tokens,
// billing, backup and restore, the catalogue.

import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ItemsApi } from '../support/items_api.mjs';
import { get, startServer } from '../support/server.mjs';

describe('the command line', () => {
  let server;
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tartan-cli-'));
  before(async () => {
    server = await startServer();
  });
  after(async () => {
    await server.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  test('makes clients that work at once, and lists them without secrets', async () => {
    const made = await server.cli('client', 'create', '--name', 'second');
    const api = new ItemsApi(server.sandbox, made.client_id, made.secrets.sandbox);
    await api.createUser('someone');
    const listed = await server.cli('client', 'list');
    assert.ok(listed.clients.some((client) => client.client_id === made.client_id));
    assert.ok(!JSON.stringify(listed).includes(made.secrets.sandbox));
  });

  test('rotates a secret: the old one stops working at once', async () => {
    const made = await server.cli('client', 'create', '--name', 'third');
    const rotated = await server.cli(
      ...['client', 'rotate-secret', made.client_id, '--environment', 'sandbox'],
    );
    const call = (secret) =>
      new ItemsApi(server.sandbox, made.client_id, secret).call('/user/get', { user_id: 'usr_0' });
    assert.equal((await call(made.secrets.sandbox)).body.error_code, 'INVALID_API_KEYS');
    assert.equal((await call(rotated.secret)).body.error_code, 'USER_NOT_FOUND');
  });

  test('makes and revokes personal access tokens', async () => {
    const made = await server.cli('token', 'create', '--name', 'robot');
    const ask = () =>
      get(server.workbench, '/api/clients', { headers: { Authorization: `Bearer ${made.token}` } });
    assert.equal((await ask()).status, 200);
    await server.cli('token', 'revoke', made.token_id);
    assert.equal((await ask()).status, 401);
    const { tokens } = await server.cli('token', 'list');
    assert.ok(tokens.find((token) => token.token_id === made.token_id).revoked_at);
  });

  test('changes of access are audited, with a server and without', async () => {
    const own = await startServer();
    const headers = { Authorization: `Bearer ${own.pat}` };
    await own.cli('token', 'create', '--name', 'with a server');
    assert.equal(await own.stop(), 0);
    await own.cli('client', 'rotate-secret', own.clientId, '--environment', 'production');
    const again = await startServer({ dataDir: own.dataDir });
    try {
      const { body } = await get(again.workbench, '/api/audit?size=2', { headers });
      assert.deepEqual(
        body.content.map(({ by, action }) => `${by} ${action}`),
        ['local client.rotate-production-secret', 'local token.create'],
      );
    } finally {
      assert.equal(await again.stop(), 0);
    }
  });

  test('lists subscriptions with their end', async () => {
    const api = ItemsApi.sandboxOf(server);
    const user = await api.createUser('billed');
    const item = await api.createItem({ user_id: user.user_id });
    await api.succeed('/user/items/remove', { user_id: user.user_id, item_ids: [item.item_id] });
    const { subscriptions } = await server.cli('billing', 'list');
    const ended = subscriptions.filter((one) => one.item_id === item.item_id);
    assert.equal(ended.length, 1);
    assert.equal(ended[0].ended_cause, 'user_items_removed');
  });

  test('backs up while the server runs, and restores into another folder', async () => {
    const api = ItemsApi.sandboxOf(server);
    const user = await api.createUser('kept');
    const item = await api.createItem({ user_id: user.user_id });
    const file = path.join(folder, 'backup.tar');
    await server.cli('backup', file);
    await assert.rejects(server.cli('backup', file), /exists/);

    const other = await startServer();
    assert.equal(await other.stop(), 0);
    await assert.rejects(other.cli('restore', file), /holds data already/);
    const databases = ['access', 'items-sandbox', 'items-production', 'workflow', 'catalog'];
    for (const name of [...databases.map((one) => `${one}.db`), 'key']) {
      rmSync(path.join(other.dataDir, name));
    }
    copyFileSync(path.join(server.dataDir, 'key'), path.join(other.dataDir, 'key'));
    await other.cli('restore', file);
    assert.equal((await other.cli('doctor')).ok, true);

    const again = await startServer({ dataDir: other.dataDir });
    try {
      const restored = new ItemsApi(again.sandbox, server.clientId, server.secrets.sandbox);
      assert.deepEqual(await restored.itemIdsOf({ user_id: user.user_id }), [item.item_id]);
      const accounts = await restored.succeed('/accounts/get', {
        access_token: item.access_token,
      });
      assert.equal(accounts.accounts.length, 4);
    } finally {
      assert.equal(await again.stop(), 0);
    }
  });

  test('searches, shows, prepares and removes in the catalogue of a server that is stopped', async () => {
    const other = await startServer();
    assert.equal(await other.stop(), 0);
    const { content } = await other.cli('catalog', 'search', 'remove items of user');
    const hit = content[0];
    assert.equal(`${hit.method} ${hit.path}`, 'POST /user/items/remove');
    const page = await other.cli('catalog', 'show', hit.id);
    assert.equal(page.id, hit.id);
    const prepared = await other.cli('catalog', 'prepare', hit.id);
    assert.equal(prepared.task.httpRequest.method, 'POST');
    await assert.rejects(other.cli('catalog', 'show', 'no-such-operation'), /no operation/);
    const documents = (await other.cli('catalog', 'list')).content;
    await other.cli('catalog', 'remove', documents[0].documentId);
    assert.equal((await other.cli('catalog', 'list')).content.length, documents.length - 1);
    await assert.rejects(other.cli('catalog', 'imports'), /no server runs/);
  });
});
