// Proves that the offboarding workflow in examples/ does what it says, against the sandbox listener
// of the server that runs it: it removes a User's Items and ends the User's products; when one of
// the Items to remove belongs to someone else, it removes nothing, fails, and starts its failure
// workflow with the documented keys.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ItemsApi } from '../support/items_api.mjs';
import { repositoryRoot, startServer, until } from '../support/server.mjs';
import { Workbench } from '../support/workbench.mjs';

const example = (name) =>
  JSON.parse(readFileSync(path.join(repositoryRoot, 'examples', 'workflows', name), 'utf8'));

describe('the offboarding workflow', () => {
  let server;
  let workbench;
  let items;
  let failureId;
  let offboardingId;
  let credentialId;

  before(async () => {
    server = await startServer();
    workbench = new Workbench(server);
    items = ItemsApi.sandboxOf(server);
    credentialId = await workbench.post('/api/credentials', {
      name: 'sandbox keys',
      type: 'ApiKey',
      hosts: [new URL(server.sandbox).host],
      values: [
        { in: 'body', name: 'client_id', value: server.clientId },
        { in: 'body', name: 'secret', value: server.secrets.sandbox },
      ],
    });
    failureId = await workbench.post(
      '/api/workflow-definitions',
      example('offboarding-failed.json'),
    );
    const offboarding = example('offboarding.json');
    for (const task of Object.values(offboarding.tasks)) {
      if (task.credentials) task.credentials = credentialId;
    }
    offboarding.failureWorkflow = failureId;
    offboardingId = await workbench.post('/api/workflow-definitions', offboarding);
  });

  after(() => server?.stop());

  const offboard = (input) => workbench.run(offboardingId, { api: server.sandbox, ...input });

  async function userWithItems(name, count) {
    const { user_id } = await items.createUser(name);
    const made = [];
    for (let i = 0; i < count; i += 1) made.push(await items.createItem({ user_id }));
    return { user_id, itemIds: made.map(({ item_id }) => item_id).sort() };
  }

  test('stands in examples/ with both definitions valid', async () => {
    for (const name of ['offboarding.json', 'offboarding-failed.json']) {
      const said = await workbench.post('/api/workflow-definitions/validate', example(name));
      assert.deepEqual(said, { valid: true, problems: [] }, name);
    }
  });

  test('removes every Item of the User and completes', async () => {
    const { user_id, itemIds } = await userWithItems('leaves', 3);
    const run = await offboard({ user_id });
    assert.equal(run.status, 'Completed', run.failedReason);
    assert.deepEqual([...run.output.removed].sort(), itemIds);
    assert.deepEqual(await items.itemIdsOf({ user_id }), []);
    const ended = await workbench.task(run.id, 'End products');
    assert.equal(ended.status, 'Completed');
    assert.equal(ended.output.status, 200);
  });

  test('removes a single Item just as well', async () => {
    const { user_id, itemIds } = await userWithItems('leaves-with-one', 1);
    const run = await offboard({ user_id });
    assert.equal(run.status, 'Completed', run.failedReason);
    assert.deepEqual(run.output.removed, itemIds);
    assert.deepEqual(await items.itemIdsOf({ user_id }), []);
  });

  test('of a User without Items completes without a removal', async () => {
    const { user_id } = await userWithItems('leaves-with-nothing', 0);
    const run = await offboard({ user_id });
    assert.equal(run.status, 'Completed', run.failedReason);
    assert.deepEqual(run.output, { removed: [] });
    const names = (await workbench.tasks(run.id)).map(({ taskName }) => taskName);
    assert.ok(!names.includes('Remove Items'), names.join());
  });

  test('with a foreign Item fails, removes nothing, and starts its failure workflow', async () => {
    const leaving = await userWithItems('leaves-later', 2);
    const staying = await userWithItems('stays', 1);
    const input = {
      user_id: leaving.user_id,
      item_ids: [leaving.itemIds[0], staying.itemIds[0], leaving.itemIds[1]],
    };
    const run = await offboard(input);

    assert.equal(run.status, 'Failed');
    assert.equal(run.failedCause, 'httpStatus');
    assert.match(run.failedReason, /Remove Items/);
    assert.deepEqual(await items.itemIdsOf({ user_id: leaving.user_id }), leaving.itemIds);
    assert.deepEqual(await items.itemIdsOf({ user_id: staying.user_id }), staying.itemIds);
    const names = (await workbench.tasks(run.id)).map(({ taskName }) => taskName);
    assert.ok(!names.includes('End products'), 'nothing was done behind the failure');

    const failed = await workbench.task(run.id, 'Remove Items');
    assert.equal(failed.status, 'Failed');
    assert.equal(run.failedTaskId, failed.id);
    const ended = (await workbench.history(run.id)).find(
      ({ type, taskName }) => type === 'AttemptEnded' && taskName === 'Remove Items',
    );
    assert.equal(ended.status, 400, 'the history holds what the API answered');
    assert.equal(ended.response.body.error_code, 'ITEM_NOT_FOUND');

    const handler = await until('the failure workflow', async () => {
      const { content } = await workbench.get(`/api/workflows?workflowDefinitionId=${failureId}`);
      return content[0];
    });
    const record = await workbench.reaches(handler.id);
    assert.equal(record.status, 'Completed', record.failedReason);
    const { 'swf:cause': cause, 'swf:sequenceNumber': number, ...given } = record.input;
    assert.equal(number, record.sequenceNumber);
    assert.deepEqual(given, {
      api: server.sandbox,
      ...input,
      'swf:failureWorkflow': failureId,
      'swf:workflowId': run.id,
      'swf:workflowStatus': 'Failed',
      'swf:workflowDefinitionId': offboardingId,
      'swf:workflowDefinitionVersion': 1,
      'swf:taskId': failed.id,
      'swf:taskStatus': 'Failed',
    });
    assert.match(cause, /Remove Items/);
    assert.deepEqual(record.output, {
      failedWorkflow: run.id,
      task: failed.id,
      cause,
      user_id: leaving.user_id,
    });
  });

  test('shows the sandbox secret in no history, task or workflow', async () => {
    const { content } = await workbench.get('/api/workflows');
    assert.ok(content.length >= 4);
    for (const { id } of content) {
      const shown = [await workbench.workflow(id), await workbench.history(id)];
      for (const task of await workbench.tasks(id)) {
        shown.push(await workbench.get(`/api/workflows/${id}/tasks/${task.id}`));
      }
      assert.ok(!JSON.stringify(shown).includes(server.secrets.sandbox), id);
    }
  });
});
