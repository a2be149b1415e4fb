// Proves that a search finds operations by what one remembers of them: words in any order and form,
// a beginning, a typo, a synonym; that filters and pages hold what they promise, that highlights
// point into the texts, and that the same question has the same answer.

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  CatalogClient,
  documentsFolder,
  openapi,
  operation,
  writeFiles,
} from '../support/catalog.mjs';
import { startServer, temporaryDirectory } from '../support/server.mjs';
import { Workbench } from '../support/workbench.mjs';

const tagged = (operationId, summary, tags = [], more = {}) =>
  operation(operationId, { summary, tags, ...more });

// Two providers, one with two services, so that filters have something to leave out.
const library = {
  'books.json': openapi(
    'library.example',
    {
      '/books': {
        get: tagged('listBooks', 'List all books', ['books']),
        post: tagged('createBook', 'Add a book to the shelf', ['books']),
      },
      '/books/{book_id}': {
        get: tagged('getBook', 'Retrieve one book', ['books']),
        delete: tagged('deleteBook', 'Delete a book', ['books']),
        patch: tagged('updateBook', 'Change a book', ['books', 'Editing & more']),
      },
      '/books/{book_id}/reservations': {
        post: tagged('makeReservation', 'Reserve a book', ['reservations']),
      },
      '/borrowers/{id}/overdue_fees': {
        get: tagged('getOverdueFees', 'Überfällige Gebühren 😀 fees'),
      },
      '/oldShelf': { get: tagged('oldShelf', 'List shelves', [], { deprecated: true }) },
    },
    { info: { title: 'Library', 'x-providerName': 'library.example', 'x-serviceName': 'books' } },
  ),
  'staff.json': openapi(
    'library.example',
    { '/employees': { get: tagged('listEmployees', 'List employees', ['people']) } },
    {
      info: {
        title: 'Library staff',
        'x-providerName': 'library.example',
        'x-serviceName': 'staff',
      },
    },
  ),
  'cinema.json': openapi('cinema.example', {
    '/movies': { get: tagged('listMovies', 'List movies', ['films']) },
    '/movies/{id}/sendMailReminder': { post: tagged('sendMailReminder', 'Send a reminder', []) },
    '/HTTPProxies/{proxyId}': { delete: tagged('HTTPProxies_delete', '', ['proxies']) },
  }),
};

describe('a search', () => {
  let server;
  let catalog;
  let workbench;

  before(async () => {
    server = await startServer({ args: ['--ephemeral'] });
    workbench = new Workbench(server);
    catalog = new CatalogClient(workbench);
    const folder = temporaryDirectory('catalog');
    await catalog.import(writeFiles(folder, library));
    await catalog.import(documentsFolder);
  });
  after(() => server?.stop());

  const search = (q, more = {}) => catalog.search({ q, ...more });
  async function first(q, more = {}) {
    const { content } = await search(q, more);
    return content[0]?.operationId;
  }

  const finds = [
    ['list books', 'listBooks'],
    ['books list', 'listBooks'],
    ['get all books', 'listBooks'],
    ['delete book', 'deleteBook'],
    ['remove a book', 'deleteBook'],
    ['destroy books', 'deleteBook'],
    ['make book', 'createBook'],
    ['new book', 'createBook'],
    ['add a book', 'createBook'],
    ['edit book', 'updateBook'],
    ['reserve book', 'makeReservation'],
    ['reservatio', 'makeReservation'],
    ['overdue fees', 'getOverdueFees'],
    ['overdue-fees', 'getOverdueFees'],
    ['overdueFees', 'getOverdueFees'],
    ['overdue_fees', 'getOverdueFees'],
    ['OVERDUE FEES', 'getOverdueFees'],
    ['send mail', 'sendMailReminder'],
    ['http proxies delete', 'HTTPProxies_delete'],
    ['delete proxy', 'HTTPProxies_delete'],
    ['employe', 'listEmployees'],
    ['cinema list movies', 'listMovies'],
    ['movies cinema', 'listMovies'],
    ['/movies', 'listMovies'],
    ['/books/{book_id}', null],
    ['DELETE /books/{book_id}', 'deleteBook'],
    ['GET /books', 'listBooks'],
    ['POST /books', 'createBook'],
    ['getOverdueFees', 'getOverdueFees'],
    ['remove items of user', 'userItemsRemove'],
    ['/user/items/remove', 'userItemsRemove'],
  ];
  for (const [q, wanted] of finds) {
    if (wanted === null) continue;
    test(`for "${q}" finds ${wanted} first`, async () => {
      assert.equal(await first(q), wanted);
    });
  }

  test('forgives one typo in a word of four letters or more', async () => {
    for (const [q, wanted] of [
      ['lsit employees', 'listEmployees'],
      ['employeees', 'listEmployees'],
      ['emplyees', 'listEmployees'],
      ['reservaton', 'makeReservation'],
      ['overdeu fees', 'getOverdueFees'],
      ['moveis', 'listMovies'],
      ['sned reminder', 'sendMailReminder'],
    ]) {
      assert.equal(await first(q), wanted, q);
    }
  });

  test('finds at every letter that is typed', async () => {
    const whole = 'list employees';
    for (let length = 1; length <= whole.length; ++length) {
      const q = whole.slice(0, length);
      const { total, content } = await search(q);
      assert.ok(total > 0 && content.length > 0, q);
    }
    assert.equal(await first('list empl'), 'listEmployees');
  });

  test('finds the exact path first', async () => {
    const { content } = await search('/books');
    assert.deepEqual(
      content.slice(0, 2).map((one) => one.path),
      ['/books', '/books'],
    );
  });

  test('without words lists what passes the filters', async () => {
    const all = await workbench.all('/api/catalog/search', 200);
    const { total, partial } = await catalog.search({});
    assert.equal(total, all.length);
    assert.equal(partial, false);
    const documents = await catalog.documents();
    assert.equal(
      total,
      documents.reduce((sum, one) => sum + one.operations, 0),
    );
    assert.deepEqual((await search('   ')).total, total);
  });

  test('keeps to its filters', async () => {
    const names = async (parameters) =>
      (await catalog.search({ size: 200, ...parameters })).content.map((one) => one.operationId);
    assert.equal((await names({ api: 'library.example/books' })).length, 8);
    assert.deepEqual(await names({ api: 'library.example/staff' }), ['listEmployees']);
    assert.equal((await names({ api: 'library.example' })).length, 9, 'all services of a provider');
    assert.deepEqual(await names({ api: 'library' }), []);
    assert.deepEqual(await names({ api: 'library.example/' }), []);
    assert.deepEqual(await names({ api: 'library.example', method: 'delete' }), ['deleteBook']);
    assert.deepEqual(await names({ api: 'library.example', method: 'DELETE' }), ['deleteBook']);
    assert.deepEqual(await names({ method: 'BREW' }), []);
    assert.deepEqual(await names({ tag: 'reservations' }), ['makeReservation']);
    assert.deepEqual(await names({ tag: 'Editing & more' }), ['updateBook']);
    assert.deepEqual(await names({ tag: 'nobody' }), []);
    assert.deepEqual(await names({ q: 'book', tag: 'reservations', method: 'get' }), []);
    const listed = await names({ q: 'list', api: 'cinema.example' });
    assert.equal(listed[0], 'listMovies');
    for (const { api } of (await catalog.search({ q: 'list', api: 'cinema.example' })).content) {
      assert.equal(api, 'cinema.example');
    }
  });

  test('pages through all that it counts, each once', async () => {
    for (const parameters of [{ q: 'list' }, { q: 'book' }, {}, { api: 'library.example' }]) {
      const query = new URLSearchParams(parameters);
      const rows = await workbench.all(`/api/catalog/search?${query}`, 3);
      const whole = await catalog.search({ ...parameters, size: 200 });
      assert.equal(rows.length, whole.total, `${query}`);
      assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length);
      assert.deepEqual(
        rows.slice(0, 200).map(({ id }) => id),
        whole.content.map(({ id }) => id),
      );
    }
    for (const query of ['size=0', 'size=201', 'size=x', 'next=x', 'next=-1', 'next=1e3']) {
      await workbench.fail(400, 'GET', `/api/catalog/search?q=list&${query}`);
    }
    const beyond = await workbench.get('/api/catalog/search?q=list&next=99999');
    assert.deepEqual([beyond.content, beyond.next], [[], null]);
  });

  test('says when nothing has every word, and gives what has most', async () => {
    const none = await search('employees xylophone');
    assert.equal(none.partial, true);
    assert.equal(none.content[0].operationId, 'listEmployees');
    assert.equal((await search('list employees')).partial, false);
    const nothing = await search('qwrtzpsdfg');
    assert.deepEqual([nothing.content, nothing.total, nothing.next], [[], 0, null]);
  });

  test('marks what matches, in bytes of the texts and at whole characters', async () => {
    const queries = [
      'list',
      'books',
      'fees',
      'gebühren',
      'überfällige',
      'remove user',
      'l',
      '/books/{book_id}',
      'HTTP',
      'größe',
      '😀',
      'delete',
    ];
    let marks = 0;
    for (const q of queries) {
      const { content } = await search(q, { size: 200 });
      for (const row of content) {
        for (const [field, pairs] of Object.entries(row.highlights)) {
          const bytes = Buffer.from(row[field]);
          let last = 0;
          for (const [begin, end] of pairs) {
            assert.ok(
              last <= begin && begin < end && end <= bytes.length,
              `${q} ${row.id} ${field}`,
            );
            const piece = bytes.subarray(begin, end).toString('utf8');
            assert.ok(!piece.includes('\ufffd') || row[field].includes('\ufffd'), `${q}: ${piece}`);
            last = end;
            marks += 1;
          }
        }
      }
    }
    assert.ok(marks > 50, `${marks} marks`);
    const { content } = await search('overdue fees');
    const { summary, highlights } = content[0];
    const pieces = highlights.summary.map(([begin, end]) =>
      Buffer.from(summary).subarray(begin, end).toString('utf8'),
    );
    assert.ok(pieces.includes('fees'), JSON.stringify(pieces));
  });

  test('gives the same answer to the same question', async () => {
    for (const q of ['list', 'b', 'get a book', '', 'xyz list', 'lsit']) {
      const answers = await Promise.all([search(q), search(q), search(q)]);
      assert.deepEqual(answers[1], answers[0]);
      assert.deepEqual(answers[2], answers[0]);
    }
  });

  test('puts what is deprecated behind', async () => {
    const { content } = await search('list', { api: 'library.example/books' });
    const names = content.map((one) => one.operationId);
    assert.ok(names.indexOf('oldShelf') > names.indexOf('listBooks'), `${names}`);
  });

  test('of any text has an answer', async () => {
    const texts = [
      ...[
        '"',
        "'",
        '*',
        '%',
        '\\',
        '/',
        '//',
        '{',
        '}',
        '{}',
        '()',
        '&',
        '#',
        '?',
        '-',
        '--',
        'OR',
        'AND NOT',
      ],
      ...['a'.repeat(5000), 'a '.repeat(2000), '\u0001', '\ud83d\ude00', '\u202e', 'ﬀ', 'İ'],
      ...[
        '; DROP TABLE operations',
        '<script>',
        '../../etc/passwd',
        '${x}',
        '\n\t',
        '日本語',
        'e\u0301',
      ],
    ];
    for (const text of texts) {
      const { content, total } = await search(text);
      assert.ok(content.length <= total);
    }
    for (const q of ['%ff%fe%80list', '%00', 'a%00b', '%', '%zz']) {
      await workbench.fail(400, 'GET', `/api/catalog/search?q=${q}`);
    }
  });

  test('puts the newest version of an API before older ones', async () => {
    const folder = temporaryDirectory('catalog');
    const version = (number) =>
      openapi(
        'rivers.example',
        { '/rivers': { get: tagged(`listRivers${number}`, 'List rivers') } },
        { info: { title: 'Rivers', version: `${number}.0` } },
      );
    await catalog.import(writeFiles(folder, { 'a9.json': version(9), 'b10.json': version(10) }));
    const { content } = await search('list rivers');
    assert.deepEqual(
      content.slice(0, 2).map((one) => one.version),
      ['10.0', '9.0'],
    );
  });

  test('knows what came and what went, also after a restart', async () => {
    const folder = temporaryDirectory('catalog');
    writeFiles(folder, {
      'late.json': openapi('late.example', {
        '/zebras': { get: tagged('listZebras', 'List zebras') },
      }),
    });
    let other = await startServer();
    try {
      const { dataDir } = other;
      let client = new CatalogClient(new Workbench(other));
      assert.deepEqual((await client.search({ q: 'zebras' })).content, []);
      await client.importOne(path.join(folder, 'late.json'));
      assert.equal((await client.search({ q: 'zebra' })).content[0].operationId, 'listZebras');
      await other.kill();
      other = await startServer({ dataDir });
      client = new CatalogClient(new Workbench(other));
      assert.equal((await client.search({ q: 'zebra' })).content[0].operationId, 'listZebras');
      const { documentId } = await client.document('late.example');
      await client.workbench.delete(`/api/catalog/apis/${documentId}`);
      await other.kill();
      other = await startServer({ dataDir });
      client = new CatalogClient(new Workbench(other));
      assert.deepEqual((await client.search({ q: 'zebras' })).content, []);
    } finally {
      await other.stop();
    }
  });
});

describe('the list of APIs', () => {
  let server;
  let catalog;

  before(async () => {
    server = await startServer({ args: ['--ephemeral'] });
    catalog = new CatalogClient(new Workbench(server));
    await catalog.import(writeFiles(temporaryDirectory('catalog'), library));
  });
  after(() => server?.stop());

  test('holds our own documents from the first start', async () => {
    const apis = (await catalog.documents()).map(({ api }) => api);
    assert.ok(apis.includes('tartan/users-items') && apis.includes('tartan/workbench'));
  });

  test('is in the order of the APIs, in pages, and can be narrowed to a provider', async () => {
    const { workbench } = catalog;
    const all = await catalog.documents();
    assert.deepEqual(await workbench.all('/api/catalog/apis', 2), all);
    const keys = all.map(({ api }) => api);
    assert.deepEqual(keys, [...keys].sort());
    const names = async (api) =>
      (await workbench.get(`/api/catalog/apis?api=${api}`)).content.map((one) => one.api);
    assert.deepEqual(await names('library.example'), [
      'library.example/books',
      'library.example/staff',
    ]);
    assert.deepEqual(await names('library.example/staff'), ['library.example/staff']);
    assert.deepEqual(await names('library'), [], 'no other provider that begins like it');
    assert.deepEqual(await names('nobody.example'), []);
  });

  test('tells the tags of a document with their operations', async () => {
    const { documentId } = await catalog.document('library.example/books');
    const { tags } = await catalog.workbench.get(`/api/catalog/apis/${documentId}`);
    assert.deepEqual(tags, [
      { name: 'Editing & more', operations: 1 },
      { name: 'books', operations: 5 },
      { name: 'reservations', operations: 1 },
    ]);
    for (const id of ['0', '-1', 'x', '1x', '99999999999999999999', '1e1', '']) {
      const place = `/api/catalog/apis/${encodeURIComponent(id)}`;
      if (id !== '') await catalog.workbench.fail(404, 'GET', place);
    }
  });
});
