// Proves that finished workflows go by number as configured, the newest stay, and what is not
// finished is never deleted: workflows are made without a limit, then the server starts with one.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startServer, temporaryDirectory, until } from '../support/server.mjs';
import { Workbench, simple, wait } from '../support/workbench.mjs';

test('finished workflows beyond retention_count are deleted, the newest stay', async () => {
  const dataDir = temporaryDirectory('retention');
  const first = await startServer({ dataDir });
  const before = new Workbench(first);
  const ends = await before.define({ Nothing: wait(0) });
  const waits = await before.define({ Ask: simple() });
  const open = await before.post('/api/workflows', { workflowDefinitionId: waits });
  const finished = [];
  for (let i = 0; i < 5; i += 1) {
    const { id } = await before.post('/api/workflows?wait=10', { workflowDefinitionId: ends });
    finished.push(id);
  }
  assert.equal(await first.stop(), 0);

  const second = await startServer({ dataDir, args: ['--retention-count', '2'] });
  try {
    const after = new Workbench(second);
    const listed = async () => (await after.get('/api/workflows')).content.map(({ id }) => id);
    await until('only the newest are left', async () => (await listed()).length === 3);
    assert.deepEqual(await listed(), [finished[4], finished[3], open]);
    await after.fail(404, 'GET', `/api/workflows/${finished[0]}`);
  } finally {
    await second.stop();
  }
});
