// Proves that no document, however broken, large or malicious, harms the server, the machine or the
// other documents: each ends in a clear report within bounded time and memory, nothing outside of a
// source is read, and no request leaves against the egress policy.

import assert from 'node:assert/strict';
import {
  createWriteStream,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';
import {
  CatalogClient,
  documentsFolder,
  forgetPeakMemory,
  jsonBody,
  openapi,
  operation,
  peakMemoryMb,
  writeFiles,
} from '../support/catalog.mjs';
import { startServer, temporaryDirectory, until } from '../support/server.mjs';
import { Workbench, definition, json, startTarget } from '../support/workbench.mjs';

const peakAllowedMb = 1024;
// Opening a page must stay quick whatever the document is; this is far above what a real one takes.
const pageMs = 3000;
const secretText = 'planted-secret-outside-of-the-source';
const ref = (name) => ({ $ref: `#/components/schemas/${name}` });

describe('a hostile document', () => {
  let target;
  let inner; // what the policy does not open
  let server;
  let catalog;
  let workbench;
  let folder;
  let before_;

  async function snapshot() {
    const rows = await catalog.operationsOf('victim.example');
    const references = await Promise.all(rows.map(({ id }) => workbench.get(catalog.at(id))));
    const documents = (await catalog.documents()).filter((one) => one.api === 'victim.example');
    return { documents, references };
  }

  before(async () => {
    target = await startTarget();
    inner = await startTarget((_, response) => json(response, openapi(secretText, {})));
    server = await startServer({ args: target.allow });
    workbench = new Workbench(server);
    catalog = new CatalogClient(workbench);
    const victim = openapi('victim.example', {
      '/v': { post: operation('victim', { requestBody: jsonBody({ type: 'object' }) }) },
    });
    const own = temporaryDirectory('catalog');
    writeFiles(own, { 'victim.json': victim });
    await catalog.importOne(path.join(own, 'victim.json'));
    before_ = await snapshot();
    assert.equal(before_.references.length, 1);
    folder = temporaryDirectory('hostile');
  });

  beforeEach(() => forgetPeakMemory(server.pid));

  afterEach(async () => {
    assert.deepEqual(await snapshot(), before_, 'the other document is unharmed');
    assert.deepEqual(inner.requests, [], 'nothing reached what the policy does not open');
    const { content } = await catalog.search({ q: 'remove user' });
    assert.ok(content.length > 0);
    for (const one of await catalog.documents()) {
      if (!one.api.startsWith('tartan/') && one.api !== 'victim.example') {
        await workbench.delete(`/api/catalog/apis/${one.documentId}`);
      }
    }
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
  });

  after(async () => {
    await server?.stop();
    await target?.stop();
    await inner?.stop();
  });

  const at = (name) => path.join(folder, name);
  async function importFile(name, content) {
    writeFiles(folder, { [name]: content });
    return catalog.import(at(name), 90_000);
  }
  async function fails(name, content, words) {
    const view = await importFile(name, content);
    assert.equal(view.state, 'failed', `${name} fails`);
    assert.match(view.error, words, name);
    assert.ok(view.error.length < 2000, 'the reason is no copy of the document');
    return view;
  }

  // Every page of every operation of an API, each within its time.
  async function open(api) {
    const rows = await until(`search knows ${api}`, async () => {
      const found = await catalog.operationsOf(api);
      return found.length > 0 ? found : undefined;
    });
    const slow = [];
    for (const { id } of rows) {
      for (const [method, suffix, body] of [
        ['GET', '', undefined],
        ['POST', '/prepare', {}],
      ]) {
        const startedAt = performance.now();
        const reply = await workbench.call(method, catalog.at(id, suffix), body);
        const ms = performance.now() - startedAt;
        assert.equal(reply.status, 200, `${id}${suffix}: ${reply.text.slice(0, 300)}`);
        if (ms > pageMs) slow.push(`${id}${suffix}: ${Math.round(ms)} ms`);
        if (reply.text.length > 4_000_000) slow.push(`${id}${suffix}: ${reply.text.length} bytes`);
        if (suffix !== '') {
          const { name, task } = reply.body;
          const check = definition({ [name]: task });
          const { problems } = await workbench.post('/api/workflow-definitions/validate', check);
          assert.deepEqual(problems, [], id);
        }
      }
    }
    assert.deepEqual(slow, []);
  }

  test('cut at any place is told as broken, or read as far as it makes sense', async () => {
    const sources = [
      'swagger2.yaml',
      'schemas31.json',
      'yaml_features.yaml',
      'html.yaml',
      'security.yaml',
    ];
    const files = {};
    for (const name of sources) {
      const bytes = readFileSync(path.join(documentsFolder, name));
      for (let i = 0; i < 60; ++i) {
        const length = Math.floor((bytes.length * i) / 60) + (i % 3);
        files[`cut-${i}-${name}`] = bytes.subarray(0, length);
      }
    }
    writeFiles(folder, files);
    const view = await catalog.import(folder);
    assert.equal(view.state, 'completed');
    const { documents, imported, replaced, unchanged, failed, ignored } = view.progress;
    assert.equal(documents, sources.length * 60);
    assert.equal(imported + replaced + unchanged + failed + ignored, documents);
    assert.ok(failed > 150, `${failed} failed`);
    for (const line of await catalog.report(view.id)) {
      if (line.kind === 'failed') assert.match(line.message, /line \d+/, line.document);
    }
  });

  test('with bytes of every value in every place does no harm', async () => {
    const files = {};
    const bytes = readFileSync(path.join(documentsFolder, 'swagger2.yaml'));
    const other = readFileSync(path.join(documentsFolder, 'schemas31.json'));
    let seed = 12345;
    const random = (below) => {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
      return seed % below;
    };
    for (let i = 0; i < 200; ++i) {
      const damaged = Buffer.from(i % 2 ? bytes : other);
      for (let j = 0; j < 1 + (i % 7); ++j) damaged[random(damaged.length)] = random(256);
      files[`damaged-${i}.${i % 2 ? 'yaml' : 'json'}`] = damaged;
    }
    writeFiles(folder, files);
    const view = await catalog.import(folder);
    assert.equal(view.state, 'completed');
    assert.equal(view.progress.documentsDone, 200);
    for (const { api } of await catalog.documents()) {
      if (api.includes('tartan') || api === 'victim.example') continue;
      const rows = await catalog.operationsOf(api);
      for (const { id } of rows.slice(0, 3)) await workbench.post(catalog.at(id, '/prepare'), {});
    }
  });

  test('with values of a wrong kind anywhere is read as far as it makes sense', async () => {
    const documents = [
      'swagger2.yaml',
      'schemas31.json',
      'schemas.yaml',
      'parameters.yaml',
      'security.yaml',
      'bodies.yaml',
      'references.yaml',
    ].map((name) => parse(readFileSync(path.join(documentsFolder, name), 'utf8')));
    const places = (node, at_ = []) =>
      node !== null && typeof node === 'object'
        ? Object.keys(node).flatMap((key) => [[...at_, key], ...places(node[key], [...at_, key])])
        : [];
    const wrong = [
      ...[null, 5, -1.5, 'x', '', [], {}, true, [null], [[[]]], { a: null }, '${x}', 1e308],
      ...['', '#', '#/paths', '#/x', 5, null].map(($ref) => ({ $ref })),
    ];
    let seed = 4711;
    const random = (below) => {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
      return (seed >> 8) % below;
    };
    const files = {};
    for (let i = 0; i < 140; ++i) {
      const document = structuredClone(documents[i % documents.length]);
      const all = places(document);
      for (let j = 0; j <= i % 4; ++j) {
        const place = all[random(all.length)];
        let node = document;
        for (const key of place.slice(0, -1)) node = node?.[key];
        if (node !== null && typeof node === 'object') node[place.at(-1)] = wrong[random(19)];
      }
      if (document.info?.title) document.info['x-providerName'] = `mutant${i}.example`;
      files[`mutant-${i}.json`] = document;
    }
    writeFiles(folder, files);
    const view = await catalog.import(folder);
    assert.equal(view.state, 'completed');
    assert.ok(view.progress.imported > 120, `${view.progress.imported} are of use`);
    const rows = await workbench.all('/api/catalog/search?method=POST', 200);
    for (const { id, api } of rows) {
      if (!api.startsWith('mutant')) continue;
      await workbench.get(catalog.at(id));
      const { name, task } = await workbench.post(catalog.at(id, '/prepare'), {});
      const check = definition({ [name]: task });
      const { problems } = await workbench.post('/api/workflow-definitions/validate', check);
      assert.deepEqual(problems, [], id);
    }
  });

  test('nested too deeply is refused', async () => {
    const deep = 100_000;
    const start = '{"openapi":"3.0.0","info":{"title":"d","version":"1"},"paths":{},"x":';
    await fails('arrays.json', `${start}${'['.repeat(deep)}${']'.repeat(deep)}}`, /deep|nest/i);
    await fails(
      'objects.json',
      `${start}${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}}`,
      /deep|nest/i,
    );
    await fails('open.json', `${start}${'['.repeat(deep)}`, /./);
    await fails(
      'flow.yaml',
      `openapi: 3.0.0\npaths: {}\nx: ${'['.repeat(deep)}${']'.repeat(deep)}`,
      /./,
    );
    await fails(
      'maps.yaml',
      `openapi: 3.0.0\npaths: {}\nx: ${'{a: '.repeat(deep)}1${'}'.repeat(deep)}`,
      /./,
    );
    const block = Array.from({ length: 3000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n');
    await fails(
      'block.yaml',
      `openapi: 3.0.0\npaths: {}\nx:\n${block.replace(/^/gm, ' ')} 1`,
      /deep|nest/i,
    );
    await fails('dashes.yaml', `openapi: 3.0.0\npaths: {}\nx:\n  ${'- '.repeat(20_000)}a`, /./);
    assert.ok(peakMemoryMb(server.pid) < peakAllowedMb, `${peakMemoryMb(server.pid)} MB`);
  });

  test('of laughing YAML is refused before it fills the memory', async () => {
    const laughs = (levels, width) => {
      const lines = ['a0: &a0 [lol, lol]'];
      for (let i = 1; i < levels; ++i) {
        lines.push(
          `a${i}: &a${i} [${Array(width)
            .fill(`*a${i - 1}`)
            .join(', ')}]`,
        );
      }
      return `openapi: 3.0.0\ninfo: { title: laughs, version: '1' }\npaths: {}\n${lines.join('\n')}\n`;
    };
    await fails('lol.yaml', laughs(40, 9), /too many|alias/i);
    await fails('lol2.yaml', laughs(25, 2), /too many|alias/i);
    const maps = ['m0: &m0 { a: 1, b: 2 }'];
    for (let i = 1; i < 40; ++i) maps.push(`m${i}: &m${i} { x: *m${i - 1}, y: *m${i - 1} }`);
    await fails('maps.yaml', `openapi: 3.0.0\npaths: {}\n${maps.join('\n')}`, /too many|alias/i);
    await fails('self.yaml', 'openapi: 3.0.0\npaths: {}\nx: &x [*x]\n', /alias|anchor/i);
    await fails('unknown.yaml', 'openapi: 3.0.0\npaths: {}\nx: *nobody\n', /alias|anchor|nobody/i);
    assert.ok(peakMemoryMb(server.pid) < peakAllowedMb, `${peakMemoryMb(server.pid)} MB`);
  });

  test('of strange YAML is read as data or refused', async () => {
    const head = "openapi: 3.0.0\ninfo: { title: strange, version: '1' }\npaths: {}\n";
    for (const [i, text] of [
      'x: !!python/object/apply:os.system ["id"]',
      'x: !<tag:yaml.org,2002:js/function> "function () {}"',
      '? [a, b]\n: c',
      'x: !!binary "R0lGODlhDAAMAIQAAP"',
      'x: !!timestamp 2026-01-01',
      '%TAG ! tag:evil,2000:\n',
      'x: "\\x00\\uD800\\uFFFF"',
      '\t x: tab',
      '<<: 5',
      '<<: *x',
      '__proto__: { a: 1 }',
      `x: ${'9'.repeat(1_000_000)}`,
      'x: 1e999999999\ny: -1e-999999999\nz: 0x' + 'f'.repeat(1000),
      `${'k'.repeat(500_000)}: 1`,
    ].entries()) {
      const view = await importFile(`strange-${i}.yaml`, `${head}${text}\n`);
      assert.ok(['completed', 'failed'].includes(view.state));
      if (view.state === 'failed') assert.match(view.error, /line \d/, text.slice(0, 40));
    }
  });

  test('with NUL bytes, lone surrogates and numbers without end is read or refused', async () => {
    const text = JSON.stringify(openapi('odd-bytes.example', { '/a': { get: operation('a') } }));
    for (const [i, content] of [
      text.replace('"a"', '"a\u0000b"'),
      `\u0000${text}`,
      `${text}\u0000`,
      text.replace('"a"', '"\\ud800"'),
      text.replace('"a"', '"\\udc00\\ud800"'),
      text.replace('"paths"', `"x":${'1'.repeat(1_000_000)},"paths"`),
      text.replace('"paths"', `"x":1e${'9'.repeat(100_000)},"paths"`),
      text.replace('"paths"', '"x":-0.0,"paths"'),
      text.replace('/a', `/${'long'.repeat(2000)}`),
      text.replace('"a"', `"${'name'.repeat(500_000)}"`),
      Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]),
      Buffer.alloc(1_000_000),
      Buffer.alloc(1_000_000, 0xff),
      '',
      ' ',
      '{',
      '[]',
      'null',
      '"openapi"',
      '{"openapi":null}',
      '{"openapi":{}}',
      '{"openapi":"3.0.0"}',
      '{"openapi":"3.0.0","paths":null,"info":[],"components":5,"servers":{}}',
      '{"swagger":"2.0"}',
      '{"swagger":"2.0","definitions":[],"parameters":5,"responses":"x","securityDefinitions":[1],"paths":[]}',
    ].entries()) {
      const view = await importFile(`odd-${i}.json`, content);
      assert.ok(['completed', 'failed'].includes(view.state), `${i}`);
      if (view.state === 'failed') assert.ok(view.error.length > 5, `${i}`);
    }
    for (const { api } of await catalog.documents()) {
      if (!api.startsWith('tartan/') && (await catalog.operationsOf(api)).length > 0)
        await open(api);
    }
  });

  test('of a version that nobody knows is refused with what is expected', async () => {
    for (const version of [
      '1.2',
      '4.0.0',
      '0',
      'three',
      '',
      '30.0',
      '3',
      '2',
      'x'.repeat(100_000),
    ]) {
      const document = { ...openapi('version.example', {}), openapi: version };
      const view = await importFile('version.json', document);
      if (version === '3' || version === '2') continue;
      assert.equal(view.state, 'failed', version.slice(0, 20));
      assert.match(view.error, /3\.0/);
      assert.ok(view.error.length < 1000);
    }
    await fails('swagger1.json', { swaggerVersion: '1.2', apis: [] }, /openapi|swagger/i);
  });

  describe('that refers to what it may not read', () => {
    const references = (target_) => [
      '../../../../../../../../etc/passwd',
      '../../../../../../../../etc/passwd#/root',
      '/etc/passwd',
      'file:///etc/passwd',
      'FILE:/etc/passwd',
      '..%2f..%2f..%2f..%2f..%2fetc%2fpasswd',
      '%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd',
      '..\\..\\etc\\passwd',
      './/../../../../etc/passwd',
      'a/../../../../../etc/passwd',
      '/proc/self/environ',
      'http://169.254.169.254/latest/meta-data/',
      '//169.254.169.254/latest/meta-data/',
      'https://169.254.169.254/x.json#/a',
      'data:application/json,{}',
      'gopher://127.0.0.1:1/x',
      'jar:http://x!/y',
      'x\u0000.json',
      ' ../secret.json',
      '../secret.json',
      'link.json',
      'folder-link/secret.json',
      `http://127.0.0.1:${target_.port}/secret.json`,
    ];

    const document = () => {
      const paths = {};
      for (const [i, $ref] of references(inner).entries()) {
        paths[`/r${i}`] = { post: operation(`r${i}`, { requestBody: jsonBody({ $ref }) }) };
      }
      return openapi('refers.example', paths);
    };

    async function holdsNothing(view) {
      assert.equal(view.state, 'completed');
      const report = await catalog.report(view.id);
      const unresolved = report.filter(({ kind }) => kind === 'skipped');
      const pointers = unresolved.map(({ pointer }) => pointer);
      for (const [i, $ref] of references(inner).entries()) {
        const pointer = `/paths/~1r${i}/post/requestBody/content/application~1json/schema`;
        assert.ok(pointers.includes(pointer), `${$ref} is told as not resolved`);
      }
      const said = JSON.stringify(report);
      assert.ok(!said.includes(secretText));
      assert.ok(!said.includes('root:x:0'));
      for (const { id } of await catalog.operationsOf('refers.example')) {
        const page = JSON.stringify(await workbench.get(catalog.at(id)));
        assert.ok(!page.includes(secretText) && !page.includes('root:x:'), id);
        await workbench.post(catalog.at(id, '/prepare'), {});
      }
    }

    test('in a folder gets nothing', async () => {
      const secret = { type: 'object', description: secretText };
      writeFiles(folder, {
        'secret.json': secret,
        'outside/secret.json': secret,
        'api/main.json': document(),
      });
      symlinkSync(at('secret.json'), at('api/link.json'));
      symlinkSync(at('outside'), at('api/folder-link'));
      await holdsNothing(await catalog.import(at('api/main.json')));
      for (const one of await catalog.documents()) {
        if (one.api === 'refers.example')
          await workbench.delete(`/api/catalog/apis/${one.documentId}`);
      }
      const view = await catalog.import(at('api'));
      await holdsNothing(view);
    });

    test('by a URL gets nothing', async () => {
      const main = document();
      target.answer = ({ url }, response) => {
        if (url === '/api/main.json') return json(response, main);
        response.writeHead(302, { Location: `${inner.url}/secret.json` });
        return response.end();
      };
      await holdsNothing(await catalog.import(`${target.url}/api/main.json`));
    });

    test('through its redirects gets nothing', async () => {
      const main = openapi('redirects.example', {
        '/a': { post: operation('a', { requestBody: jsonBody({ $ref: 'moved.json' }) }) },
      });
      for (const location of [
        `${inner.url}/x.json`,
        'http://169.254.169.254/',
        'file:///etc/passwd',
      ]) {
        target.answer = ({ url }, response) => {
          if (url === '/api/main.json') return json(response, main);
          response.writeHead(302, { Location: location });
          return response.end();
        };
        const view = await catalog.import(`${target.url}/api/main.json`);
        assert.equal(view.state, 'completed', view.error);
        for (const one of await catalog.documents()) {
          if (one.api === 'redirects.example')
            await workbench.delete(`/api/catalog/apis/${one.documentId}`);
        }
        const [line] = await catalog.report(view.id);
        assert.equal(line?.kind, 'skipped', location);
        const direct = await catalog.import(`${target.url}/elsewhere.json`);
        assert.equal(direct.state, 'failed', location);
      }
    });
  });

  test('behind a symbolic link that leads out of the folder is not imported', async () => {
    const outside = temporaryDirectory('outside');
    writeFiles(outside, {
      'api.json': openapi('outside-link.example', { '/a': { get: operation('a') } }),
    });
    writeFiles(folder, {
      'in.json': openapi('inside-link.example', { '/a': { get: operation('a') } }),
    });
    symlinkSync(path.join(outside, 'api.json'), at('out.json'));
    symlinkSync(outside, at('folder'));
    symlinkSync(folder, at('circle'));
    symlinkSync(at('nothing'), at('dangling.json'));
    symlinkSync('/dev/zero', at('zero.json'));
    symlinkSync('/proc/self/environ', at('environ.yaml'));
    const view = await catalog.import(folder);
    assert.equal(view.state, 'completed');
    const apis = (await catalog.documents()).map(({ api }) => api);
    assert.ok(apis.includes('inside_link.example') || apis.includes('inside-link.example'));
    assert.ok(!apis.some((api) => /outside/.test(api)), `${apis}`);
  });

  test('at a source that the policy or the machine refuses is told so', async () => {
    const refused = [
      'http://169.254.169.254/latest/meta-data/',
      `${inner.url}/openapi.json`,
      `${server.workbench}/api/tokens`,
      'http://[::1]:1/',
      'http://localhost:1/',
      'http://2130706433/',
      'http://0/',
      `http://user:pass@${inner.host}/`,
    ];
    for (const source of refused) {
      const view = await catalog.import(source);
      assert.equal(view.state, 'failed', source);
      assert.match(
        view.error,
        /egress|allow|refused|policy|can't be used/i,
        `${source}: ${view.error}`,
      );
    }
    for (const source of [
      'file:///etc/passwd',
      '/dev/zero',
      '/dev/stdin',
      '/etc',
      '/etc/shadow-nothing',
      '../../etc/passwd',
      `${folder}/a\u0000b.json`,
      `${folder}/${'x'.repeat(300)}.json`,
      'http://',
      'https://%zz/',
      'javascript:alert(1)',
      '\n',
      '~',
      '.',
    ]) {
      const reply = await workbench.call('POST', '/api/catalog/imports', { source });
      if (reply.status === 202) {
        const view = await catalog.end(reply.body.id);
        assert.ok(view.state === 'failed' || view.progress.imported === 0, source);
      } else assert.ok([400, 404, 413].includes(reply.status), `${source}: ${reply.text}`);
    }
    const passwd = await catalog.import('/etc/passwd');
    assert.equal(passwd.state, 'failed');
    assert.doesNotMatch(passwd.error, /root:/);
  });

  test('named to break out of folders and addresses stays in the catalogue', async () => {
    const names = [
      '../../../../tmp/evil',
      '/etc/passwd',
      '..',
      '.',
      '',
      ' ',
      'a/b/c/d',
      'a\\b',
      "x'; --",
      '%2e%2e',
      'a\u0000b',
      '😀',
      'CON',
      '<script>',
      '${x}',
    ];
    const files = {};
    for (const [i, name] of names.entries()) {
      files[`n${i}.json`] = {
        ...openapi('named.example', { [`/${name}`]: { get: operation(name, { tags: [name] }) } }),
        info: { title: name, version: name, 'x-providerName': name, 'x-serviceName': name },
      };
      files[`t${i}.json`] = {
        openapi: '3.0.0',
        info: { title: name, version: name },
        paths: { '/a': { get: operation(name) } },
      };
    }
    files['.hidden.json'] = files['t0.json'];
    files['%2e%2e%2fa.json'] = files['t1.json'];
    files['we"ird\nname.json'] = files['t2.json'];
    writeFiles(folder, files);
    const view = await catalog.import(folder);
    assert.equal(view.state, 'completed');
    assert.equal(view.progress.failed, 0);
    const rows = await workbench.all('/api/catalog/search', 200);
    for (const { id } of rows) {
      assert.match(id, /^[\w.-]+$/);
      assert.equal((await workbench.get(catalog.at(id))).id, id);
      await workbench.post(catalog.at(id, '/prepare'), {});
    }
    assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length);
    for (const { api, documentId } of await catalog.documents()) {
      await workbench.get(`/api/catalog/apis/${documentId}`);
      await catalog.operationsOf(api);
    }
  });

  describe('of schemas without end', () => {
    const post = (name, schema, more = {}) => ({
      post: operation(name, {
        requestBody: jsonBody(schema),
        responses: { 200: { description: 'ok', content: { 'application/json': { schema } } } },
        ...more,
      }),
    });
    const numbered = (count, make) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, i) => [`S${i}`, make(i, ref(`S${(i + 1) % count}`))]),
      );
    const kinds = {
      'a chain of references': numbered(10_000, (_, next) => next),
      'a chain of allOf': numbered(10_000, (_, next) => ({ allOf: [next] })),
      'a chain of properties': numbered(10_000, (i, next) => ({
        type: 'object',
        required: ['n'],
        properties: { n: next, v: { type: 'integer' } },
      })),
      'a chain of arrays': numbered(10_000, (_, next) => ({
        type: 'array',
        minItems: 1,
        items: next,
      })),
      'a chain of oneOf': numbered(10_000, (_, next) => ({ oneOf: [next] })),
      'allOf twice at each level': numbered(60, (i, next) =>
        i === 59 ? { type: 'object' } : { allOf: [next, next] },
      ),
      'allOf ten times in a circle': numbered(10, (_, next) => ({ allOf: Array(10).fill(next) })),
      'every schema allOf every other': numbered(60, (_, next) => ({
        allOf: Array.from({ length: 60 }, (__, j) => (j ? ref(`S${j}`) : next)),
      })),
      'oneOf twice at each level': numbered(60, (i, next) =>
        i === 59 ? { type: 'object' } : { oneOf: [next, next] },
      ),
      'anyOf of everything in everything': numbered(40, () => ({
        anyOf: Array.from({ length: 40 }, (__, j) => ref(`S${j}`)),
      })),
      'properties ten times at each level': numbered(60, (i, next) => ({
        type: 'object',
        required: Array.from({ length: 10 }, (__, j) => `p${j}`),
        properties: Object.fromEntries(Array.from({ length: 10 }, (__, j) => [`p${j}`, next])),
      })),
      'maps of maps': numbered(60, (_, next) => ({ type: 'object', additionalProperties: next })),
      'mixed circles': numbered(30, (i, next) => ({
        allOf: [next, { oneOf: [next, { type: 'array', items: next }] }],
        type: 'object',
        required: ['a'],
        properties: { a: { allOf: [next, ref('S0')] } },
      })),
      'nothing but itself': {
        S0: { allOf: [ref('S0')], oneOf: [ref('S0')], anyOf: [ref('S0')], items: ref('S0') },
      },
    };
    for (const [what, schemas] of Object.entries(kinds)) {
      test(`as ${what}, opens in bounded time`, async () => {
        const document = openapi(
          'endless.example',
          { '/e': post('endless', ref('S0')) },
          { components: { schemas } },
        );
        const view = await importFile('endless.json', document);
        assert.equal(view.state, 'completed', view.error);
        await open('endless.example');
        // The check of a request and an answer follows the same schemas.
        target.answer = (_, response) => json(response, { a: { a: [1, { p0: {}, n: [[[]]] }] } });
        const { task } = await catalog.prepare('endless.example', 'endless', {
          server: target.url,
        });
        const startedAt = performance.now();
        await workbench.post('/api/http-task/test', { task, input: {} });
        const ms = performance.now() - startedAt;
        assert.ok(ms < pageMs, `the check took ${ms} ms`);
      });
    }

    test('written out 10,000 levels deep is refused', async () => {
      const depth = 10_000;
      const text = JSON.stringify(openapi('deep-all-of.example', { '/a': post('a', 'HERE') }));
      const nested = `${'{"allOf":['.repeat(depth)}{"type":"object"}${']}'.repeat(depth)}`;
      await fails('all-of.json', text.replaceAll('"HERE"', nested), /deep|nest/i);
    });

    test('of paths and parameters that refer to each other in a circle is read', async () => {
      const document = openapi('circles.example', {
        '/a': { $ref: '#/paths/~1b' },
        '/b': { $ref: '#/paths/~1a' },
        '/c': { $ref: '#/paths/~1c' },
        '/good': {
          parameters: [{ $ref: '#/components/parameters/P' }],
          post: operation('good', {
            parameters: [{ $ref: '#/components/parameters/Q' }],
            requestBody: { $ref: '#/components/requestBodies/B' },
            responses: { 200: { $ref: '#/components/responses/R' } },
            callbacks: { c: { $ref: '#/components/callbacks/C' } },
            security: [{ s: [] }],
          }),
        },
      });
      const circle = (kind, name) => ({ [name]: { $ref: `#/components/${kind}/${name}` } });
      document.components = {
        parameters: {
          P: { $ref: '#/components/parameters/Q' },
          Q: { $ref: '#/components/parameters/P' },
        },
        requestBodies: circle('requestBodies', 'B'),
        responses: circle('responses', 'R'),
        callbacks: circle('callbacks', 'C'),
        securitySchemes: circle('securitySchemes', 's'),
        headers: circle('headers', 'H'),
        examples: circle('examples', 'E'),
      };
      const view = await importFile('circles.json', document);
      assert.equal(view.state, 'completed', view.error);
      const pointers = (await catalog.report(view.id)).map(({ pointer }) => pointer);
      for (const pointer of ['/paths/~1a', '/paths/~1b', '/paths/~1c']) {
        assert.ok(pointers.includes(pointer), `${pointer} among ${pointers}`);
      }
      await open('circles.example');
    });
  });

  test('with a flood of faults is reported up to a bound', async () => {
    const parameters = Array.from({ length: 100_000 }, (_, i) => ({
      in: 'nowhere',
      name: `p${i}`,
    }));
    const flood = openapi('flood.example', { '/a': { get: operation('a', { parameters }) } });
    const view = await importFile('flood.json', flood);
    assert.equal(view.state, 'completed');
    const lines = await catalog.report(view.id);
    assert.ok(lines.length >= 1000 && lines.length <= 20_100, `${lines.length} lines`);
    assert.ok(
      lines.length > 90_000 ||
        lines.some(({ message }) => /more/.test(message)) ||
        view.progress.skipped >= 100_000,
      'what is left out is counted',
    );
    await open('flood.example');
  });

  test('of endless lists opens in bounded time', async () => {
    const many = (count, make) => Array.from({ length: count }, (_, i) => make(i));
    const wide = {
      type: 'object',
      properties: Object.fromEntries(many(50_000, (i) => [`p${i}`, { type: 'string', enum: [i] }])),
      required: many(50_000, (i) => `p${i}`),
    };
    const document = openapi('wide.example', {
      '/wide': { post: operation('wide', { requestBody: jsonBody(wide) }) },
      '/enum': {
        post: operation('enum', { requestBody: jsonBody({ enum: many(200_000, String) }) }),
      },
      '/one': {
        post: operation('one', {
          requestBody: jsonBody({ oneOf: many(20_000, () => wide.properties.p0) }),
        }),
      },
      '/text': {
        get: operation('text', {
          description: `${'<b>'.repeat(200_000)}${'['.repeat(200_000)}${'`'.repeat(100_001)}`,
        }),
      },
      '/tags': { get: operation('tags', { tags: many(50_000, (i) => `t${i}`) }) },
      '/query': {
        get: operation('query', {
          parameters: many(3000, (i) => ({ name: `q${i}`, in: 'query', required: true })),
        }),
      },
      '/answers': {
        get: operation('answers', {
          responses: Object.fromEntries(many(5000, (i) => [`${i + 100}`, { description: 'x' }])),
        }),
      },
      [`/${many(2000, (i) => `{p${i}}`).join('/')}`]: { get: operation('path') },
      '/security': {
        get: operation('security', { security: many(10_000, (i) => ({ [`s${i}`]: [] })) }),
      },
    });
    document.servers = many(20_000, (i) => ({
      url: `https://{v}.wide.example/${i}`,
      variables: { v: { default: 'a'.repeat(50) } },
    }));
    document.servers.unshift({ url: 'https://api.wide.example' });
    const view = await importFile('wide.json', document);
    assert.equal(view.state, 'completed', view.error);
    await open('wide.example');
  });

  test('in texts that take long to clean is cleaned in bounded time', async () => {
    const texts = [
      '<a href="'.repeat(50_000),
      '<'.repeat(200_000),
      '<!--'.repeat(50_000),
      '</'.repeat(100_000),
      '&'.repeat(200_000),
      '*'.repeat(200_000),
      '!['.repeat(100_000),
      '[a]('.repeat(50_000),
      '<script>'.repeat(50_000),
      `${'<ul><li>'.repeat(20_000)}x`,
      `${'> '.repeat(50_000)}x`,
      '`~'.repeat(100_000),
    ];
    const paths = Object.fromEntries(
      texts.map((description, i) => [`/t${i}`, { get: operation(`t${i}`, { description }) }]),
    );
    const view = await importFile('texts.json', openapi('texts.example', paths));
    assert.equal(view.state, 'completed');
    await open('texts.example');
  });

  test('of a million operations is refused in bounded memory', { timeout: 170_000 }, async () => {
    const file = createWriteStream(at('million.json'));
    const write = (text) =>
      new Promise((resolve) => (file.write(text) ? resolve() : file.once('drain', resolve)));
    await write('{"openapi":"3.0.0","info":{"title":"Million","version":"1"},"paths":{');
    for (let i = 0; i < 1_000_000; i += 1000) {
      const lines = Array.from({ length: 1000 }, (_, j) => `"/p${i + j}":{"get":{"responses":{}}}`);
      await write(`${i ? ',' : ''}${lines.join(',')}`);
    }
    await write('}}');
    await new Promise((resolve) => file.end(resolve));
    const { id } = await catalog.begin(at('million.json'));
    let slowest = 0;
    let view;
    do {
      const startedAt = performance.now();
      view = await workbench.get(`/api/catalog/imports/${id}`);
      await catalog.search({ q: 'remove user' });
      slowest = Math.max(slowest, performance.now() - startedAt);
      await delay(20);
    } while (view.endedOn === null);
    assert.ok(slowest < 1000, `others waited ${Math.round(slowest)} ms`);
    assert.equal(view.state, 'failed');
    assert.match(view.error, /operations|values|large|many/);
    const peak = peakMemoryMb(server.pid);
    assert.ok(peak < peakAllowedMb, `the server held ${Math.round(peak)} MB`);
  });

  test('that never ends is refused in bounded memory', { timeout: 170_000 }, async () => {
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    let stopped = false;
    target.answer = (_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.on('close', () => (stopped = true));
      const more = () => {
        while (!stopped && response.write(chunk));
        if (!stopped) response.once('drain', more);
      };
      response.write('{"openapi":"3.0.0","x":"');
      more();
    };
    const view = await catalog.import(`${target.url}/endless.json`, 150_000);
    assert.equal(view.state, 'failed');
    assert.match(view.error, /large|MiB|bytes/i);
    assert.ok(stopped, 'the connection is closed');
    writeFileSync(at('large.json'), Buffer.alloc(100 * 1024 * 1024, ' '));
    const file = await catalog.import(at('large.json'));
    assert.equal(file.state, 'failed');
    assert.match(file.error, /96 MiB|large/);
    const peak = peakMemoryMb(server.pid);
    assert.ok(peak < peakAllowedMb, `the server held ${Math.round(peak)} MB`);
  });

  test('among 5,000 files of junk is found, and the junk is passed over', async () => {
    const files = {};
    for (let i = 0; i < 5000; ++i) {
      const content = [
        () => Buffer.from(Array.from({ length: 50 }, (_, j) => (i * 31 + j * 17) % 256)),
        () => ({ junk: i }),
        () => `key: value ${i}`,
        () => 'text',
        () => '',
        () => [i],
      ][i % 6]();
      const extension = ['json', 'yaml', 'yml', 'txt', 'js', 'JSON'][(i * 7) % 6];
      files[`d${i % 40}/j${i}.${extension}`] = content;
    }
    files['d7/real.json'] = openapi('in-junk.example', { '/a': { get: operation('a') } });
    writeFiles(folder, files);
    const view = await catalog.import(folder, 120_000);
    assert.equal(view.state, 'completed');
    assert.equal(view.progress.imported, 1);
    const { documents, failed, ignored } = view.progress;
    assert.equal(failed + ignored + 1, documents);
    assert.equal((await catalog.operationsOf('in_junk.example')).length, 1);
  });

  test('among many imports at once keeps its place', async () => {
    const count = 130;
    const files = {};
    for (let i = 0; i < count; ++i) {
      files[`q${i}.json`] = openapi(`queue${i}.example`, { '/a': { get: operation(`q${i}`) } });
    }
    writeFiles(folder, files);
    const begun = await Promise.all(
      Array.from({ length: count }, (_, i) => catalog.begin(at(`q${i}.json`))),
    );
    assert.equal(new Set(begun.map(({ id }) => id)).size, count);
    const all = await catalog.import(folder);
    assert.equal(all.state, 'completed');
    assert.equal(all.progress.unchanged, count, 'each has been imported before');
    const { content } = await workbench.get('/api/catalog/imports');
    assert.ok(content.length <= 200, `${content.length} are remembered`);
  });
});
