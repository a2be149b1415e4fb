// Work for people in the browser: a Simple task is found in the inbox, answered by the form that its
// definition asks for, with files; the run goes on. One that fails says why.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import {
  accessibilityProblems,
  assertNone,
  openBrowser,
  openPage,
  picture,
  signInByToken,
} from '../support/browser.mjs';
import { startServer } from '../support/server.mjs';
import { simple, Workbench } from '../support/workbench.mjs';

const end = (workflowOutput) => ({
  type: 'Terminate',
  terminationStatus: 'Completed',
  workflowOutput,
});

describe('the inbox in the browser', () => {
  let server;
  let browser;
  let workbench;
  let refundId;
  const start = (input) => workbench.start(refundId, input);

  before(async () => {
    server = await startServer({ args: ['--ephemeral'] });
    browser = await openBrowser();
    workbench = new Workbench(server);
    refundId = await workbench.define(
      {
        'Check the order': simple({
          description: 'Compare the order with the receipt.',
          inputParameters: { order: '${workflow.input.order}', amount: '${workflow.input.amount}' },
          nextTask: 'Approved?',
        }),
        'Approved?': {
          type: 'Decision',
          choices: [{ condition: '$.approved === true && $.amount > 0', nextTask: 'Paid' }],
          defaultTask: 'Refused',
        },
        Paid: end({
          amount: "${['Check the order'].output.amount}",
          note: "${['Check the order'].output.note}",
        }),
        Refused: end({ refused: true }),
      },
      { name: 'Refund' },
    );
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  test('a task is completed by its form, with files, and the run goes on', async () => {
    const other = await start({ order: 'A-1', amount: 5 });
    const run = await start({ order: 'A-2', amount: 12.5 });
    const { page, context, faults } = await openPage(browser, server, { acceptDownloads: true });
    await signInByToken(page, server);
    await page.getByRole('link', { name: 'Tasks' }).first().click();
    await page.getByRole('link', { name: /Check the order.*A-2/ }).click();
    await page.getByText('Compare the order with the receipt.').waitFor();

    const files = page.getByRole('region', { name: 'Attachments' });
    const receipt = Buffer.from([0x25, 0x50, 0x44, 0x46, 0x00, 0xff, 0x0a]);
    await page
      .getByLabel('Files to attach')
      .setInputFiles({ name: 'receipt 2.pdf', mimeType: 'application/pdf', buffer: receipt });
    await files.getByRole('link', { name: 'receipt 2.pdf' }).waitFor();
    // Dropped, as from a folder.
    const dropped = await page.evaluateHandle(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(['hello'], 'note.txt', { type: 'text/plain' }));
      return transfer;
    });
    await files.dispatchEvent('drop', { dataTransfer: dropped });
    await files.getByRole('link', { name: 'note.txt' }).waitFor();
    const downloading = page.waitForEvent('download');
    await files.getByRole('link', { name: 'receipt 2.pdf' }).click();
    const download = await downloading;
    assert.equal(download.suggestedFilename(), 'receipt 2.pdf');
    assert.deepEqual(readFileSync(await download.path()), receipt);
    await files.getByRole('button', { name: 'Delete note.txt' }).click();
    await files.getByRole('link', { name: 'note.txt' }).waitFor({ state: 'detached' });

    const answer = page.getByRole('form', { name: 'Answer' });
    assert.equal(await answer.getByLabel('amount').inputValue(), '12.5', 'as it was given');
    await answer.getByLabel('approved').check();
    await answer.getByLabel('amount').fill('11');
    await answer.getByLabel('note').fill('one was broken');
    await picture(page, 'inbox');
    assertNone(await accessibilityProblems(page), 'axe-core on a task');
    await answer.getByRole('button', { name: 'Complete task' }).click();
    await page.getByText('the run goes on with this output').waitFor();
    const ended = await workbench.reaches(run);
    assert.deepEqual(
      [ended.status, ended.output],
      ['Completed', { amount: 11, note: 'one was broken' }],
    );

    // It has left the list; the other one leaves as somebody else completes it.
    const waiting = page.getByRole('link', { name: /Check the order/ });
    await page.getByRole('link', { name: /A-2/ }).waitFor({ state: 'detached' });
    assert.equal(await waiting.count(), 1);
    const task = await workbench.task(other, 'Check the order');
    await workbench.post(`/api/workflows/${other}/tasks/${task.id}/complete`, { output: {} });
    await page.getByText('Nothing waits for anyone').waitFor();
    await page.getByRole('link', { name: /^Refund #/ }).click();
    await page.getByRole('button', { name: /^Paid \(Completed\)/ }).waitFor();
    assertNone(faults, 'nothing went wrong on the page');
    await context.close();
  });

  test('a task is answered as JSON by keyboard, and failed with its reason', async () => {
    const approved = await start({ order: 'B-1', amount: 1 });
    const { page, context, faults } = await openPage(browser, server);
    await signInByToken(page, server);
    await page.goto(`${server.workbench}/tasks`);
    // A task that comes while one looks.
    await page.getByText('1 waiting').waitFor();
    const failing = await start({ order: 'B-2', amount: 1 });
    await page.getByText('2 waiting').waitFor();

    const list = page.getByRole('region', { name: 'Tasks that wait' });
    await list.focus();
    await page.keyboard.press('ArrowDown');
    await page.getByRole('button', { name: 'JSON' }).press('Enter');
    const output = page.getByRole('textbox', { name: 'Output' });
    await output.fill('{"approved": true, "amount": 3, "note": null}');
    await page.getByRole('button', { name: 'Complete task' }).press('Enter');
    const ended = await workbench.reaches(approved);
    assert.deepEqual(ended.output, { amount: 3, note: null });

    await page.getByRole('link', { name: /B-2/ }).click();
    await page.getByRole('button', { name: 'Fail…' }).click();
    await page.getByLabel('Reason').fill('the receipt is missing');
    await page.getByRole('button', { name: 'Fail task' }).click();
    await page.getByText('the receipt is missing').waitFor();
    const failed = await workbench.reaches(failing);
    assert.equal(failed.status, 'Failed');
    assert.match(failed.failedReason, /the receipt is missing/);
    assertNone(faults, 'nothing went wrong on the page');
    await context.close();
  });

  test('one task leads to the next, by keyboard; one that an address names is in view', async () => {
    const runs = [];
    for (let i = 1; i <= 30; i += 1) runs.push(await start({ order: `D-${i}`, amount: i }));
    const [first, second] = runs;
    const { page, context, faults } = await openPage(browser, server);
    await signInByToken(page, server);
    const last = await workbench.task(runs.at(-1), 'Check the order');
    await page.goto(`${server.workbench}/tasks/${runs.at(-1)}/${last.id}`);
    const chosen = page.locator('.inbox-scroller a[aria-current]');
    await chosen.getByText('D-30').waitFor();
    assert.ok(
      await chosen.evaluate((link) => {
        const { top, bottom } = link.getBoundingClientRect();
        const list = link.closest('.inbox-scroller').getBoundingClientRect();
        return top >= list.top && bottom <= list.bottom + 1;
      }),
      'the open task is not in view in the list',
    );

    const { id } = await workbench.task(first, 'Check the order');
    await page.goto(`${server.workbench}/tasks/${first}/${id}`);
    await page.getByRole('status').filter({ hasText: 'Waits for someone' }).waitFor();
    await page.getByLabel('note').fill('by keyboard');
    await page.keyboard.press('Control+Enter');
    await page.getByText('the run goes on with this output').waitFor();
    await page.waitForFunction(() => document.activeElement.textContent === 'Next task');
    await page.keyboard.press('Enter');
    await page.waitForURL(new RegExp(`/tasks/${second}/`));
    await page.locator('.task-page h1:focus').waitFor();
    await page.getByRole('form', { name: 'Answer' }).waitFor();
    await page.keyboard.press('Control+Enter');
    await page.getByText('the run goes on with this output').waitFor();
    assert.equal((await workbench.reaches(second)).status, 'Completed');
    for (const run of runs.slice(2)) await workbench.post(`/api/workflows/${run}/terminate`, {});
    await page.getByText('Nothing else waits.').waitFor();
    assertNone(faults, 'nothing went wrong on the page');
    await context.close();
  });

  test('an answer that is not sent yet outlives a look elsewhere', async () => {
    const run = await start({ order: 'C-1', amount: 1 });
    const task = await workbench.task(run, 'Check the order');
    const { page, context, faults } = await openPage(browser, server);
    await signInByToken(page, server);
    await page.goto(`${server.workbench}/tasks/${run}/${task.id}`);
    await page.getByLabel('note').fill('half written');
    await page.getByRole('link', { name: 'Runs' }).first().click();
    await page.getByRole('heading', { name: 'Runs' }).waitFor();
    await page.goBack();
    await page.getByRole('form', { name: 'Answer' }).waitFor();
    assert.equal(await page.getByLabel('note').inputValue(), 'half written');
    assertNone(faults, 'nothing went wrong on the page');
    await context.close();
  });
});
