// Proves that API documents come into the catalogue from files, folders and URLs as they are meant,
// that the report names what was mended and left out, that a new version replaces the old one whole
// or not at all, and that an import survives a crash and can be ended.

import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { parse } from 'yaml';
import {
  CatalogClient,
  documentsFolder,
  jsonBody,
  openapi,
  operation,
  writeFiles,
} from '../support/catalog.mjs';
import { startServer, temporaryDirectory, until } from '../support/server.mjs';
import { Workbench, json, startTarget } from '../support/workbench.mjs';

const expected = parse(readFileSync(path.join(documentsFolder, '..', 'expected.yaml'), 'utf8'));
const lineOf = ({ kind, pointer }) => `${kind} ${pointer}`;

describe('the import of a folder', () => {
  let server;
  let catalog;
  let view;
  let report;
  let documents;

  before(async () => {
    server = await startServer({ args: ['--ephemeral'] });
    catalog = new CatalogClient(new Workbench(server));
    view = await catalog.import(documentsFolder);
    report = await catalog.report(view.id);
    documents = await catalog.documents();
  });
  after(() => server?.stop());

  const fileOf = ({ source }) => path.relative(documentsFolder, source);
  const inFolder = () => documents.filter(({ source }) => source.startsWith(documentsFolder));

  test('brings every document that can be read, and no other', () => {
    const wanted = Object.keys(expected).filter((file) => expected[file].api);
    assert.deepEqual(inFolder().map(fileOf).sort(), wanted.sort());
    assert.equal(view.state, 'completed');
    assert.equal(view.error, '');
  });

  for (const [file, wanted] of Object.entries(expected)) {
    if (wanted.api) {
      test(`brings what ${file} describes`, async () => {
        const found = inFolder().find((one) => fileOf(one) === file);
        assert.ok(found, file);
        for (const name of ['api', 'title', 'version', 'writtenAs']) {
          assert.equal(found[name], wanted[name], name);
        }
        const rows = await catalog.operationsOf(wanted.api);
        const operations = rows
          .filter(({ version }) => version === wanted.version)
          .map((one) => `${one.method} ${one.path}`);
        assert.deepEqual(operations.sort(), [...wanted.operations].sort());
        assert.equal(found.operations, wanted.operations.length);
      });
    }
    test(`reports what was found in ${file}`, async () => {
      const lines = report.filter(({ document }) => document === file);
      for (const line of lines) assert.ok(line.message.length > 10, JSON.stringify(line));
      assert.deepEqual(lines.map(lineOf).sort(), [...(wanted.report ?? [])].sort());
      if (!wanted.api) return;
      const { documentId } = inFolder().find((one) => fileOf(one) === file);
      const { findings } = await catalog.workbench.get(`/api/catalog/apis/${documentId}`);
      assert.deepEqual(findings.map(lineOf).sort(), [...(wanted.report ?? [])].sort());
    });
  }

  test('reports nothing of files that have nothing to report', () => {
    const named = [...new Set(report.map(({ document }) => document))];
    assert.deepEqual(
      named.filter((file) => !expected[file]),
      [],
    );
  });

  test('drops no part of a document without a word', () => {
    const said = report.filter(({ document }) => /^(paths|wrong)\.yaml$/.test(document));
    const pointers = said.map(({ pointer }) => pointer);
    for (const dropped of [
      '/paths/~1rare/purge',
      '/paths/~1shapes/patch/requestBody/content',
      '/paths/~1shapes/patch/responses/200',
    ]) {
      assert.ok(pointers.includes(dropped), `${dropped} is reported`);
    }
  });

  test('tells servers that are relative from those without a scheme', () => {
    const lines = report.filter(({ document }) => document === 'relative_server.json');
    assert.equal(lines.length, 2);
    for (const { message } of lines) assert.match(message, /relative/);
  });

  test('counts what came of it', () => {
    const { progress } = view;
    const wanted = Object.values(expected);
    const lines = wanted.flatMap((one) => one.report ?? []);
    const kinds = (kind) => lines.filter((line) => line.startsWith(kind)).length;
    assert.equal(progress.imported, wanted.filter((one) => one.api).length);
    assert.equal(progress.failed, kinds('failed'));
    assert.equal(progress.ignored, 8);
    assert.equal(progress.documentsDone, progress.documents);
    assert.equal(progress.bytesDone, progress.bytes);
    assert.equal(progress.repaired, kinds('repaired'));
    assert.equal(progress.skipped, kinds('skipped'));
    const operations = inFolder().reduce((sum, one) => sum + one.operations, 0);
    assert.equal(progress.operations, operations);
    assert.equal(progress.leftMs, null);
  });

  test('again finds nothing changed', async () => {
    const again = await catalog.import(documentsFolder);
    assert.equal(again.progress.unchanged, view.progress.imported);
    assert.equal(again.progress.imported + again.progress.replaced, 0);
    assert.deepEqual(await catalog.documents(), documents);
    const { content } = await catalog.workbench.get('/api/catalog/imports');
    assert.equal(content[0].id, again.id, 'newest first');
  });

  test('knows the tags of a document', async () => {
    const { documentId } = await catalog.document('wrong.example');
    const { tags } = await catalog.workbench.get(`/api/catalog/apis/${documentId}`);
    assert.deepEqual(tags, [
      { name: '3', operations: 1 },
      { name: 'real', operations: 1 },
    ]);
  });
});

describe('an import', () => {
  let target;
  let server;
  let catalog;
  let folder;

  before(async () => {
    target = await startTarget();
    server = await startServer({ args: ['--ephemeral', ...target.allow] });
    catalog = new CatalogClient(new Workbench(server));
  });
  after(async () => {
    await server?.stop();
    await target?.stop();
  });
  beforeEach(() => {
    folder = temporaryDirectory('catalog');
    target.requests.length = 0;
  });

  const put = (files) => writeFiles(folder, files);
  const at = (name) => path.join(folder, name);
  async function changesOf(id) {
    const lines = (await catalog.report(id)).filter(({ kind }) => kind === 'changed');
    assert.ok(lines.length <= 1, JSON.stringify(lines));
    const [{ added = [], removed = [], changed = [] } = {}] = lines;
    return { added, removed, changed };
  }

  test('of one file brings its document', async () => {
    put({ 'one.json': openapi('one-file.example', { '/a': { get: operation('readA') } }) });
    const view = await catalog.importOne(at('one.json'));
    assert.equal(view.progress.imported, 1);
    assert.equal(view.source, at('one.json'));
    const [row] = await catalog.operationsOf('one_file.example');
    assert.equal(row.operationId, 'readA');
    const { links, servers } = await catalog.workbench.get(catalog.at(row.id));
    assert.equal(links.source, at('one.json'));
    assert.deepEqual(
      servers.map(({ url }) => url),
      ['https://api.one-file.example'],
    );
  });

  test('that says it is searchable is', async () => {
    const missed = [];
    for (let i = 0; i < 60; ++i) {
      const operations = {
        [`/s${i}`]: { get: operation(`s${i}`, { description: 'x'.repeat(i * 20_000) }) },
      };
      put({ 'searchable.json': openapi('searchable.example', operations) });
      const { id } = await catalog.begin(at('searchable.json'));
      let view;
      do view = await catalog.workbench.get(`/api/catalog/imports/${id}`);
      while (view.state !== 'completed' || !view.searchable);
      const { content } = await catalog.search({ q: `s${i}`, api: 'searchable.example' });
      if (content[0]?.operationId !== `s${i}`) missed.push(i);
    }
    assert.deepEqual(missed, []);
  });

  test('that has ended has its report', async () => {
    const missed = [];
    for (let i = 0; i < 30; ++i) {
      const paths = {};
      for (let j = 0; j < 500; ++j) paths[`/r${i}/${j}/{id}`] = { get: operation(`r${j}`) };
      put({ 'reported.json': openapi('reported.example', paths) });
      const { id } = await catalog.begin(at('reported.json'));
      let view;
      do view = await catalog.workbench.get(`/api/catalog/imports/${id}`);
      while (view.state !== 'completed');
      const { content } = await catalog.workbench.get(`/api/catalog/imports/${id}/report`);
      if (content.length !== 100) missed.push(`${i}: ${content.length} lines`);
    }
    assert.deepEqual(missed, []);
  });

  test('is refused at once for a source that is not there', async () => {
    const { workbench } = catalog;
    for (const [status, source] of [
      [404, at('nothing.json')],
      [400, 'relative/path.json'],
      [400, 'ftp://example.com/a.json'],
      [400, ''],
      [400, folder],
    ]) {
      await workbench.fail(status, 'POST', '/api/catalog/imports', { source });
    }
    for (const body of [{}, { source: 5 }, { source: ['a'] }, { source: 'x'.repeat(5000) }]) {
      await workbench.fail(400, 'POST', '/api/catalog/imports', body);
    }
    await workbench.fail(404, 'GET', '/api/catalog/imports/imp_nothing');
    await workbench.fail(404, 'GET', '/api/catalog/imports/imp_nothing/report');
    await workbench.fail(404, 'POST', '/api/catalog/imports/imp_nothing/cancel', {});
  });

  test('of one file that is no API description fails and says why', async () => {
    put({ 'plain.json': { a: 1 }, 'broken.yaml': 'openapi: 3.0.0\npaths: [', 'empty.json': '' });
    for (const [name, words] of [
      ['plain.json', /openapi/],
      ['broken.yaml', /line \d/],
      ['empty.json', /./],
    ]) {
      const view = await catalog.import(at(name));
      assert.equal(view.state, 'failed', name);
      assert.match(view.error, words, name);
      const [line] = await catalog.report(view.id);
      assert.equal(line.kind, 'failed');
      assert.equal(line.document, name);
      assert.equal(line.message, view.error);
    }
  });

  describe('of a changed document', () => {
    const deep = (type) => ({
      schemas: {
        A: { type: 'object', properties: { b: { $ref: '#/components/schemas/B' } } },
        B: { type: 'array', items: { $ref: '#/components/schemas/C' } },
        C: { allOf: [{ $ref: '#/components/schemas/D' }] },
        D: { type: 'object', properties: { d: { type } } },
        Cycle: { type: 'object', properties: { next: { $ref: '#/components/schemas/Cycle' } } },
      },
    });
    const ref = (name) => ({ $ref: `#/components/schemas/${name}` });
    const paths = {
      '/kept': { get: operation('kept') },
      '/deep': { post: operation('deep', { requestBody: jsonBody(ref('A')) }) },
      '/cycle': { post: operation('cycle', { requestBody: jsonBody(ref('Cycle')) }) },
      '/gone': { get: operation('gone') },
      '/item': { parameters: [{ name: 'p', in: 'query' }], get: operation('item') },
    };
    const host = 'changed.example';
    const api = 'changed.example';
    const first = openapi(host, paths, { components: deep('string') });

    beforeEach(async () => {
      for (const one of await catalog.documents()) {
        if (one.api === api) await catalog.workbench.delete(`/api/catalog/apis/${one.documentId}`);
      }
      put({ 'api.json': first });
      await catalog.importOne(at('api.json'));
    });

    test('says which operations were added, removed and changed', async () => {
      const { '/gone': gone, ...rest } = paths;
      assert.ok(gone);
      const changed = { ...rest, '/new': { put: operation('isNew') } };
      changed['/kept'] = { get: operation('kept', { summary: 'Now with a summary' }) };
      put({ 'api.json': openapi(host, changed, { components: deep('string') }) });
      const view = await catalog.importOne(at('api.json'));
      assert.equal(view.progress.replaced, 1);
      assert.deepEqual(await changesOf(view.id), {
        added: ['PUT /new'],
        removed: ['GET /gone'],
        changed: ['GET /kept'],
      });
      const rows = await catalog.operationsOf(api);
      assert.deepEqual(rows.map(({ operationId }) => operationId).sort(), [
        'cycle',
        'deep',
        'isNew',
        'item',
        'kept',
      ]);
    });

    test('counts an operation as changed when a schema three references away has', async () => {
      const id = await catalog.idOf(api, 'deep');
      const before = await catalog.workbench.get(catalog.at(id));
      put({ 'api.json': openapi(host, paths, { components: deep('integer') }) });
      const view = await catalog.importOne(at('api.json'));
      assert.deepEqual(await changesOf(view.id), {
        added: [],
        removed: [],
        changed: ['POST /deep'],
      });
      const since = (fingerprint) =>
        catalog.workbench.get(`${catalog.at(id)}?since=${fingerprint}`);
      const now = await since(before.fingerprint);
      assert.equal(now.referenceChanged, true);
      assert.equal((await since(now.fingerprint)).referenceChanged, false);
    });

    test('counts an operation as changed when parameters of its path have', async () => {
      const other = { ...paths['/item'], parameters: [{ name: 'q', in: 'query' }] };
      put({
        'api.json': openapi(host, { ...paths, '/item': other }, { components: deep('string') }),
      });
      const view = await catalog.importOne(at('api.json'));
      assert.deepEqual((await changesOf(view.id)).changed, ['GET /item']);
    });

    test('counts operations as changed when what proves who asks has', async () => {
      const secured = (name) => ({
        ...openapi(
          host,
          { '/kept': paths['/kept'] },
          {
            components: { securitySchemes: { key: { type: 'apiKey', in: 'header', name } } },
          },
        ),
        security: [{ key: [] }],
      });
      put({ 'api.json': secured('X-Old') });
      const first_ = await catalog.importOne(at('api.json'));
      assert.ok((await changesOf(first_.id)).changed.includes('GET /kept'), 'wants a key now');
      put({ 'api.json': secured('X-New') });
      const second = await catalog.importOne(at('api.json'));
      assert.deepEqual((await changesOf(second.id)).changed, ['GET /kept']);
    });

    test('keeps ids, and changes nothing where only the spelling is another', async () => {
      const before = await catalog.operationsOf(api);
      put({ 'api.json': JSON.stringify(first, null, 4) });
      const view = await catalog.importOne(at('api.json'));
      assert.deepEqual(await changesOf(view.id), { added: [], removed: [], changed: [] });
      const byId = (rows) => rows.map(({ id, path: where }) => `${id} ${where}`).sort();
      assert.deepEqual(byId(await catalog.operationsOf(api)), byId(before));
    });

    test('that is the same is told as unchanged', async () => {
      const before = await catalog.document(api);
      const view = await catalog.importOne(at('api.json'));
      assert.equal(view.progress.unchanged, 1);
      assert.deepEqual(await catalog.report(view.id), []);
      assert.deepEqual(await catalog.document(api), before);
    });

    test('that can not be read keeps the old one', async () => {
      const before = await catalog.document(api);
      const rows = await catalog.operationsOf(api);
      const text = JSON.stringify(first);
      const { openapi: version, ...unknown } = first;
      assert.ok(version);
      for (const broken of [text.slice(0, -20), unknown, { ...first, openapi: '9.0' }, '']) {
        put({ 'api.json': broken });
        const view = await catalog.import(at('api.json'));
        assert.equal(view.state, 'failed');
        assert.deepEqual(await catalog.document(api), before);
        assert.deepEqual(await catalog.operationsOf(api), rows);
        await catalog.workbench.get(catalog.at(rows[0].id));
      }
    });

    test('whose file is gone stays', async () => {
      rmSync(at('api.json'));
      put({ 'other.json': openapi('beside.example', { '/b': { get: operation('b') } }) });
      const view = await catalog.import(folder);
      assert.equal(view.state, 'completed');
      await catalog.document(api);
    });

    test('told by a task that was prepared from the old one', async () => {
      const prepared = await catalog.prepare(api, 'deep');
      const { operation: id, fingerprint } = prepared.task.metadata.catalog;
      put({ 'api.json': openapi(host, paths, { components: deep('boolean') }) });
      await catalog.importOne(at('api.json'));
      const path_ = `${catalog.at(id)}?since=${fingerprint}`;
      assert.equal((await catalog.workbench.get(path_)).referenceChanged, true);
    });
  });

  test('sees a change in a file that a document refers to', async () => {
    const main = openapi('pieces.example', {
      '/a': { post: operation('a', { requestBody: jsonBody({ $ref: 'schema.json' }) }) },
    });
    put({ 'main.json': main, 'schema.json': { type: 'object', required: ['one'] } });
    await catalog.importOne(at('main.json'));
    put({ 'schema.json': { type: 'object', properties: { two: { type: 'string' } } } });
    const view = await catalog.importOne(at('main.json'));
    assert.deepEqual((await changesOf(view.id)).changed, ['POST /a']);
    const { requestBody } = await catalog.reference('pieces.example', 'a');
    assert.deepEqual(
      requestBody.content[0].schema.fields?.map(({ name }) => name),
      ['two'],
    );
  });

  test('finds files whose names are percent-encoded in references', async () => {
    const reference = { $ref: 'my%20schema.json' };
    put({
      'main.json': openapi('encoded.example', {
        '/a': { post: operation('a', { requestBody: jsonBody(reference) }) },
      }),
      'my schema.json': { type: 'object', properties: { found: { type: 'string' } } },
    });
    const view = await catalog.importOne(at('main.json'));
    assert.deepEqual(await catalog.report(view.id), []);
    const { requestBody } = await catalog.reference('encoded.example', 'a');
    assert.equal(requestBody.content[0].schema.fields[0].name, 'found');
  });

  test('names the file of what it found in a file that a document refers to', async () => {
    put({
      'main.json': openapi('named.example', { '/a': { $ref: 'parts/a.json' } }),
      'parts/a.json': { get: operation('a', { requestBody: jsonBody({ $ref: 'gone.json' }) }) },
    });
    const view = await catalog.importOne(at('main.json'));
    const [line] = await catalog.report(view.id);
    const place = `${line.document} ${line.pointer} ${line.message}`;
    assert.match(place, /parts(\/|~1)a\.json/);
  });

  test('lets versions of one API stand side by side', async () => {
    const version = (number, operationId) =>
      openapi(
        'side.example',
        { '/a': { get: operation(operationId) } },
        { info: { version: number } },
      );
    put({ 'v1.json': version('1', 'inFirst'), 'v2.json': version('2', 'inSecond') });
    await catalog.importOne(at('v1.json'));
    await catalog.importOne(at('v2.json'));
    const both = (await catalog.documents()).filter(({ api }) => api === 'side.example');
    assert.deepEqual(both.map((one) => one.version).sort(), ['1', '2']);
    const rows = await catalog.operationsOf('side.example');
    assert.equal(new Set(rows.map(({ id }) => id)).size, 2);

    put({ 'v1.json': version('1', 'inFirstAnew') });
    await catalog.importOne(at('v1.json'));
    const names = (await catalog.operationsOf('side.example')).map((row) => row.operationId);
    assert.deepEqual(names.sort(), ['inFirstAnew', 'inSecond']);

    const { documentId } = both.find((one) => one.version === '1');
    const [newest] = (await catalog.documents()).filter(({ source }) => source === at('v1.json'));
    assert.ok(documentId && newest);
    await catalog.workbench.delete(`/api/catalog/apis/${newest.documentId}`);
    await until('search has forgotten it', async () => {
      const left = await catalog.operationsOf('side.example');
      return left.length === 1 && left[0].operationId === 'inSecond';
    });
  });

  test('of two files that describe one version leaves both APIs when they differ', async () => {
    put({
      'users.json': openapi('shop.example', { '/users': { get: operation('users') } }),
      'bills.json': openapi('shop.example', { '/bills': { get: operation('bills') } }),
    });
    const titled = (name, title) => {
      const file = JSON.parse(readFileSync(at(name), 'utf8'));
      put({ [name]: { ...file, info: { version: '1', title } } });
    };
    titled('users.json', 'Users');
    titled('bills.json', 'Bills');
    await catalog.import(folder);
    const names = (await catalog.operationsOf('shop.example')).map((row) => row.operationId);
    assert.deepEqual(names.sort(), ['bills', 'users']);
  });

  test('of one API written twice settles on one, and again changes nothing', async () => {
    const document = openapi('twice.example', { '/a': { get: operation('a') } });
    put({ 'twice.json': document, 'twice.yaml': `# as YAML\n${JSON.stringify(document)}` });
    await catalog.import(folder);
    const before = await catalog.document('twice.example');
    const again = await catalog.import(folder);
    assert.equal(again.progress.replaced, 0);
    assert.deepEqual(await catalog.document('twice.example'), before);
  });

  test('of a document removed before brings it back under its old ids', async () => {
    put({ 'back.json': openapi('back.example', { '/a': { get: operation('a') } }) });
    await catalog.importOne(at('back.json'));
    const [row] = await catalog.operationsOf('back.example');
    const { documentId } = await catalog.document('back.example');
    assert.equal(await catalog.workbench.delete(`/api/catalog/apis/${documentId}`), '');
    await catalog.workbench.fail(404, 'GET', `/api/catalog/apis/${documentId}`);
    await catalog.workbench.fail(404, 'DELETE', `/api/catalog/apis/${documentId}`);
    await catalog.workbench.fail(404, 'GET', catalog.at(row.id));
    await catalog.workbench.fail(404, 'POST', catalog.at(row.id, '/prepare'), {});
    const view = await catalog.importOne(at('back.json'));
    assert.equal(view.progress.imported, 1);
    assert.equal((await catalog.operationsOf('back.example'))[0].id, row.id);
  });

  describe('of a URL', () => {
    const document = openapi('by-url.example', { '/a': { $ref: 'parts/a.json#/item' } });
    document.servers = [{ url: '/base' }];
    const part = { item: { get: operation('byUrl'), parameters: [{ $ref: '../p.json' }] } };
    const served = {
      '/api/openapi.json?x=1': document,
      '/api/parts/a.json': part,
      '/api/p.json': { name: 'p', in: 'query', required: true },
      '/html': '<html>',
    };
    before(() => {
      target.answer = ({ url }, response) => {
        if (url === '/moved') {
          response.writeHead(302, { Location: '/api/openapi.json?x=1' });
          return response.end();
        }
        return served[url] ? json(response, served[url]) : json(response, {}, 404);
      };
    });

    test('fetches the document and the files it refers to', async () => {
      const source = `${target.url}/api/openapi.json?x=1`;
      await catalog.importOne(source);
      const rows = await catalog.operationsOf('by_url.example');
      const found = rows.length ? rows : await catalog.operationsOf('127.0.0.1');
      const [row] = found.length
        ? found
        : (await catalog.search({ q: 'byUrl' })).content.filter(
            (one) => one.operationId === 'byUrl',
          );
      const reference = await catalog.workbench.get(catalog.at(row.id));
      assert.equal(reference.operationId, 'byUrl');
      assert.equal(reference.parameters[0].name, 'p');
      assert.equal(reference.links.source, source);
      assert.equal(reference.servers[0].url, `${target.url}/base`, 'relative to the document');
    });

    test('follows a redirect within the egress policy', async () => {
      const view = await catalog.import(`${target.url}/moved`);
      assert.equal(view.state, 'completed', view.error);
    });

    test('fails with what the server answered', async () => {
      const view = await catalog.import(`${target.url}/no-such-file`);
      assert.equal(view.state, 'failed');
      assert.match(view.error, /404/);
      assert.equal((await catalog.import(`${target.url}/html`)).state, 'failed');
    });

    test('that nobody listens on fails and says so', async () => {
      const view = await catalog.import('http://no-such-host.invalid/openapi.json');
      assert.equal(view.state, 'failed');
      assert.match(view.error, /no-such-host/);
    });
  });

  test('can be ended, and what is complete stays', async () => {
    let answered = 0;
    target.answer = (_, response) => {
      answered += 1;
      setTimeout(() => json(response, openapi('slow.example', {})), 1500);
    };
    const running = await catalog.begin(`${target.url}/slow`);
    const waiting = await catalog.begin(`${target.url}/never`);
    const { workbench } = catalog;
    await workbench.post(`/api/catalog/imports/${waiting.id}/cancel`, {});
    await workbench.post(`/api/catalog/imports/${running.id}/cancel`, {});
    const end = await catalog.end(waiting.id);
    assert.equal(end.state, 'cancelled');
    assert.equal(end.progress.imported, 0);
    assert.equal(answered, 1, 'the second was never begun');
    const first = await catalog.end(running.id);
    assert.ok(['cancelled', 'completed'].includes(first.state));
    const reply = await workbench.fail(409, 'POST', `/api/catalog/imports/${end.id}/cancel`, {});
    assert.match(reply.message, /cancelled/);
  });

  test('of a large folder can be ended in between', async () => {
    const files = {};
    for (let i = 0; i < 600; ++i) {
      files[`n${i}.json`] = openapi(`n${i}-ended.example`, {
        '/a': { get: operation(`a${i}`, { description: 'x'.repeat(40_000) }) },
      });
    }
    put(files);
    const { id } = await catalog.begin(folder);
    await until('it is at work', async () => {
      const { progress } = await catalog.workbench.get(`/api/catalog/imports/${id}`);
      return progress.documentsDone > 3;
    });
    await catalog.workbench.post(`/api/catalog/imports/${id}/cancel`, {});
    const end = await catalog.end(id);
    assert.equal(end.state, 'cancelled');
    assert.ok(end.progress.documentsDone < 600, `${end.progress.documentsDone}`);
    const there = (await catalog.documents()).filter(({ source }) => source.startsWith(folder));
    assert.equal(there.length, end.progress.imported);
    for (const { documentId } of there) {
      await catalog.workbench.delete(`/api/catalog/apis/${documentId}`);
    }
  });

  test('takes the scope admin, reading takes read', async () => {
    put({ 'scoped.json': openapi('scoped.example', { '/a': { get: operation('a') } }) });
    const reader = await catalog.workbench.withScopes(['read']);
    await reader.fail(403, 'POST', '/api/catalog/imports', { source: at('scoped.json') });
    const { id } = await catalog.importOne(at('scoped.json'));
    await reader.fail(403, 'POST', `/api/catalog/imports/${id}/cancel`, {});
    const { documentId } = await catalog.document('scoped.example');
    await reader.fail(403, 'DELETE', `/api/catalog/apis/${documentId}`);
    await reader.get(`/api/catalog/imports/${id}/report`);
    await reader.get(`/api/catalog/apis/${documentId}`);
    const anyone = new Workbench(server, null);
    for (const where of ['search?q=a', 'apis', 'imports', `operations/x`]) {
      await anyone.fail(401, 'GET', `/api/catalog/${where}`);
    }
  });

  test('pages its report', async () => {
    const paths = {};
    for (let i = 0; i < 25; ++i) paths[`/p${i}/{id}`] = { get: operation(`p${i}`) };
    put({ 'paged.json': openapi('paged.example', paths) });
    const { id } = await catalog.importOne(at('paged.json'));
    const lines = await catalog.workbench.all(`/api/catalog/imports/${id}/report`, 10);
    assert.equal(lines.length, 25);
    const five = await catalog.workbench.all(`/api/catalog/imports/${id}/report`, 5);
    assert.deepEqual(five, lines);
    const report = `/api/catalog/imports/${id}/report`;
    for (const query of ['next=x', 'next=-1', 'size=0', 'size=1001', 'size=a']) {
      await catalog.workbench.fail(400, 'GET', `${report}?${query}`);
    }
  });
});

describe('an import of a folder', () => {
  let server;
  after(() => server?.stop());

  test('goes on after the server was killed in its middle, and ends complete', async () => {
    const count = 1500;
    const folder = temporaryDirectory('catalog');
    const files = {};
    for (let i = 0; i < count; ++i) {
      files[`d${String(i).padStart(4, '0')}.json`] = openapi(`d${i}.example`, {
        '/a': {
          get: operation(`a${i}`, { summary: `Number ${i}`, description: 'x '.repeat(8000) }),
        },
      });
    }
    writeFiles(folder, files);
    await server?.stop();
    server = await startServer();
    const { dataDir } = server;
    let catalog = new CatalogClient(new Workbench(server));
    const { id } = await catalog.begin(folder);
    for (const after of [20, 300]) {
      await until(
        `${after} documents are done`,
        async () => {
          const { progress, state } = await catalog.workbench.get(`/api/catalog/imports/${id}`);
          assert.notEqual(state, 'failed');
          return progress.documentsDone >= after;
        },
        { timeoutMs: 60_000 },
      );
      await server.kill();
      server = await startServer({ dataDir });
      catalog = new CatalogClient(new Workbench(server));
      const there = (await catalog.documents('?api=')).filter((one) =>
        one.source.startsWith(folder),
      );
      assert.ok(there.length >= after && there.length <= count, `${there.length} are kept`);
    }
    const end = await catalog.end(id, 120_000);
    assert.equal(end.state, 'completed');
    const { imported, unchanged, replaced, failed, documents } = end.progress;
    assert.equal(documents, count);
    assert.equal(imported + unchanged, count, 'each once');
    assert.equal(replaced + failed, 0);
    const there = (await catalog.documents()).filter((one) => one.source.startsWith(folder));
    assert.equal(new Set(there.map((one) => one.api)).size, count);
    for (const i of [0, 777, count - 1]) {
      const { content } = await catalog.search({ q: `a${i}`, api: `d${i}.example` });
      assert.equal(content[0]?.operationId, `a${i}`);
    }
  });

  test('stopped in its middle tells at its end what it found in every document', async () => {
    const count = 600;
    const folder = temporaryDirectory('catalog');
    const files = {};
    for (let i = 0; i < count; ++i) {
      files[`f${String(i).padStart(3, '0')}.json`] = openapi(`found${i}.example`, {
        '/a/{id}': { get: operation(`f${i}`, { description: 'x '.repeat(8000) }) },
      });
    }
    writeFiles(folder, files);
    await server?.stop();
    server = await startServer();
    const { dataDir } = server;
    let catalog = new CatalogClient(new Workbench(server));
    const { id } = await catalog.begin(folder);
    await until('it is at work', async () => {
      const { progress } = await catalog.workbench.get(`/api/catalog/imports/${id}`);
      return progress.documentsDone > 20;
    });
    assert.equal(await server.stop(), 0);
    server = await startServer({ dataDir });
    catalog = new CatalogClient(new Workbench(server));
    const end = await catalog.end(id);
    assert.equal(end.state, 'completed');
    assert.equal(end.progress.imported + end.progress.unchanged, count);
    const told = (await catalog.report(id)).map(({ document }) => document);
    assert.equal(new Set(told).size, count, 'documents in the report');
  });

  test('named in the settings is done once, in the background', async () => {
    const folder = temporaryDirectory('catalog');
    writeFiles(folder, {
      'a.json': openapi('settings.example', { '/a': { get: operation('fromSettings') } }),
    });
    const args = ['--catalog-import', folder];
    await server?.stop();
    server = await startServer({ args });
    const { dataDir } = server;
    for (const restarts of [false, true]) {
      if (restarts) {
        await server.stop();
        server = await startServer({ args, dataDir });
      }
      const catalog = new CatalogClient(new Workbench(server));
      const { content } = await catalog.workbench.get('/api/catalog/imports');
      assert.equal(content.length, 1);
      assert.equal((await catalog.end(content[0].id)).state, 'completed');
      const rows = await catalog.operationsOf('settings.example');
      assert.deepEqual(
        rows.map(({ operationId }) => operationId),
        ['fromSettings'],
      );
    }
  });
});
