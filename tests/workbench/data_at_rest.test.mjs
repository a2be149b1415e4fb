// Proves that what runs work with can be read in no file and no log: inputs, outputs, what was sent
// and answered, reasons, attachments and their names. Recognisable values are planted, then every
// byte of the data directory, of a backup and of the log at its most talkative is searched for
// them, while the runs are there and after they are deleted.

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { startServer, temporaryDirectory, until } from '../support/server.mjs';
import { Traces } from '../support/traces.mjs';
import { Workbench, httpTask, json, simple, startTarget } from '../support/workbench.mjs';

const planted = {
  input: 'Plantinia Inputworth',
  'answer of the target': 'planted-answer-5527180',
  'header of the answer': 'planted-header-7716620',
  output: 'planted-output-4418802',
  'reason of a failure': 'planted-reason-of-failing-31',
  'reason of an end': 'planted-reason-of-ending-62',
  'content of a file': 'planted content of a file 9931',
  'name of a file': 'planted-file-name-2290.pdf',
  'Idempotency-Key': 'planted-key-88123',
};
const traces = new Traces(planted);

let target;
let server;
let workbench;
const runs = [];

before(async () => {
  target = await startTarget((received, response) =>
    json(response, { said: planted['answer of the target'] }, 200, {
      'X-Planted': planted['header of the answer'],
    }),
  );
  server = await startServer({ args: [...target.allow, '--log-level', 'debug'] });
  workbench = new Workbench(server);
  const id = await workbench.define({
    Call: httpTask(
      {
        method: 'POST',
        url: `${target.url}/\${name}?q=\${name}`,
        headers: { 'X-Name': '${name}' },
        body: { name: '${name}' },
      },
      { inputParameters: { name: '${workflow.input.name}' }, nextTask: 'Ask' },
    ),
    Ask: simple(),
  });
  for (const action of ['complete', 'fail', 'terminate']) runs.push(await oneRun(id, action));
});

after(async () => {
  await server?.stop();
  await target?.stop();
});

async function oneRun(id, action) {
  const headers = { 'Idempotency-Key': `${planted['Idempotency-Key']}-${action}` };
  const run = await workbench.start(id, { name: planted.input }, { headers });
  const task = await until('the task that waits', async () => {
    const { content } = await workbench.get('/api/tasks');
    return content.find(({ workflowId }) => workflowId === run);
  });
  const inTask = `/api/workflows/${run}/tasks/${task.id}`;
  const fileName = encodeURIComponent(planted['name of a file']);
  const content = Buffer.from(planted['content of a file']);
  await workbench.post(`${inTask}/attachments?fileName=${fileName}`, content);
  const acts = {
    complete: () => workbench.post(`${inTask}/complete`, { output: { it: planted.output } }),
    fail: () => workbench.post(`${inTask}/fail`, { reason: planted['reason of a failure'] }),
    terminate: () =>
      workbench.post(`/api/workflows/${run}/terminate`, { reason: planted['reason of an end'] }),
  };
  await acts[action]();
  return run;
}

test('the planted values are there for who may see them', async () => {
  const shown = JSON.stringify(await Promise.all(runs.map((run) => workbench.history(run))));
  const seen = ['input', 'answer of the target', 'header of the answer', 'output'];
  for (const what of [...seen, 'reason of a failure', 'reason of an end']) {
    assert.ok(shown.includes(planted[what]), what);
  }
});

test('no file of the data directory shows one', () => {
  assert.deepEqual(traces.foundBelow(server.dataDir), []);
});

test('no backup shows one', async () => {
  const backup = path.join(temporaryDirectory('backup'), 'tartan.backup');
  await server.cli('backup', backup);
  assert.deepEqual(traces.foundBelow(path.dirname(backup)), []);
});

test('no file shows one after the workflows are deleted, and no log does', async () => {
  for (const run of runs) await workbench.delete(`/api/workflows/${run}`);
  assert.deepEqual(traces.foundBelow(server.dataDir), []);
  assert.equal(await server.stop(), 0);
  assert.deepEqual(traces.foundBelow(server.dataDir), []);
  assert.deepEqual(traces.foundIn(Buffer.from(server.log())), []);
});
