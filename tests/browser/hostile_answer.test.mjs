// An API that answers with scripts, 5 MB, or bytes that are no text: Test request shows it as text,
// nothing of it runs, and the page goes on.

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { assertNone, openBrowser, openPage, signInByToken } from '../support/browser.mjs';
import { startServer } from '../support/server.mjs';

const script = '<img src=x onerror="window.ran = true"><script>window.ran = true</script>';
const shown = {
  '/html': '<script>window.ran = true</script>',
  '/json': 'onerror',
  '/large': 'The first 200,000 of 5,242,880 characters',
  '/broken': 'h',
};
const answers = {
  '/html': ['text/html', script],
  '/json': ['application/json', JSON.stringify({ [script]: script, __proto__: { ran: true } })],
  '/large': ['text/plain', 'x'.repeat(5 * 1024 * 1024)],
  '/broken': ['text/plain; charset=utf-8', Buffer.from([0x68, 0x69, 0xff, 0xfe, 0xc3, 0x28, 0x00])],
};

describe('a hostile answer', () => {
  let server;
  let browser;
  let target;
  before(async () => {
    target = http.createServer((request, response) => {
      const [type, body] = answers[request.url];
      response.writeHead(200, { 'Content-Type': type, 'X-Odd': script });
      response.end(body);
    });
    await new Promise((resolve) => target.listen(0, '127.0.0.1', resolve));
    const { port } = target.address();
    server = await startServer({ args: ['--egress-allow', `127.0.0.1:${port}`] });
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
    target?.close();
  });

  test('is shown as text and does nothing', async () => {
    const { page, context, faults } = await openPage(browser, server);
    await signInByToken(page, server);
    await page.getByRole('link', { name: 'Workflows' }).first().click();
    await page.getByRole('button', { name: 'Make the first workflow' }).click();
    await page.getByRole('button', { name: 'Add task' }).click();
    await page.getByRole('menuitem', { name: 'Http' }).click();
    for (const path of Object.keys(answers)) {
      await page.getByLabel('URL').fill(`http://127.0.0.1:${target.address().port}${path}`);
      const answered = page.waitForResponse((one) => one.url().endsWith('/api/http-task/test'));
      await page.getByRole('button', { name: 'Test request' }).click();
      assert.equal((await answered).status(), 200, path);
      await page.locator('.answer').filter({ hasText: shown[path] }).waitFor();
      await page.getByRole('button', { name: 'Test request' }).and(page.locator(':enabled')).waitFor();
    }
    assert.equal(await page.evaluate(() => window.ran ?? {}.ran), undefined);
    assertNone(faults, 'nothing went wrong on the page');
    await context.close();
  });
});
