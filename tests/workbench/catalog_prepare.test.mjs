// Proves that any operation becomes an Http task that is valid as it stands and whose request goes
// out as the document means it, that credentials are described so that they can be saved, that what
// a request or an answer has against the reference is told with its place, and that it takes four
// steps from a search to the real answer of the sandbox.

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  CatalogClient,
  documentsFolder,
  jsonBody,
  openapi,
  operation,
  writeFiles,
} from '../support/catalog.mjs';
import { ItemsApi } from '../support/items_api.mjs';
import { startServer, temporaryDirectory } from '../support/server.mjs';
import { Workbench, definition, json, simple, startTarget } from '../support/workbench.mjs';

// What a workflow's input must give before the request is whole.
const wantedInputs = (task) =>
  [...JSON.stringify(task.inputParameters ?? {}).matchAll(/\$\{workflow\.input\.([^}]+)\}/g)].map(
    ([, name]) => name,
  );
const inputFor = (task, value = (name) => `v-${name}`) =>
  Object.fromEntries(wantedInputs(task).map((name) => [name, value(name)]));

// The text of the member `task` of an object, so that numbers stay as they are written.
function taskText(reply) {
  const begin = reply.indexOf('"task":') + '"task":'.length;
  let depth = 0;
  for (let i = begin, quoted = false; i < reply.length; ++i) {
    if (quoted && reply[i] === '\\') i += 1;
    else if (reply[i] === '"') quoted = !quoted;
    else if (!quoted && reply[i] === '{') depth += 1;
    else if (!quoted && reply[i] === '}' && --depth === 0) return reply.slice(begin, i + 1);
  }
  throw new Error(`no task in ${reply}`);
}

describe('a prepared task', () => {
  let target;
  let server;
  let catalog;
  let workbench;
  let rows;

  before(async () => {
    target = await startTarget();
    server = await startServer({ args: ['--ephemeral', ...target.allow] });
    workbench = new Workbench(server);
    catalog = new CatalogClient(workbench);
    await catalog.import(documentsFolder);
    rows = await workbench.all('/api/catalog/search', 200);
  });
  after(async () => {
    await server?.stop();
    await target?.stop();
  });

  const ours = () => rows.filter(({ api }) => !api.startsWith('tartan/'));
  const prepare = (id, options = {}) => workbench.post(catalog.at(id, '/prepare'), options);

  async function problemsOf({ name, task }) {
    const { valid, problems } = await workbench.post(
      '/api/workflow-definitions/validate',
      definition({ [name]: task }),
    );
    assert.equal(valid, problems.length === 0);
    return problems.map(({ pointer, message }) => `${pointer}: ${message}`);
  }

  // What arrives at the target when the task's request is tried.
  async function send(task, input = inputFor(task)) {
    target.requests.length = 0;
    const { status, body } = await workbench.call('POST', '/api/http-task/test', { task, input });
    const result = status === 200 ? body : { error: { message: JSON.stringify(body.problems) } };
    return { result, received: target.requests[0] };
  }
  async function sent(api, operationId, options = {}, input = undefined) {
    const prepared = await catalog.prepare(api, operationId, { server: target.url, ...options });
    const { result, received } = await send(prepared.task, input ?? inputFor(prepared.task));
    assert.equal(result.error, null, JSON.stringify(result.error));
    return {
      ...received,
      get json() {
        return received.json;
      },
      prepared,
      result,
    };
  }
  // The same without reading the task on the way, for what JavaScript's numbers can't hold.
  async function sentAsWritten(api, operationId) {
    const id = await catalog.idOf(api, operationId);
    const prepared = await workbench.call('POST', catalog.at(id, '/prepare'), {
      server: target.url,
    });
    target.requests.length = 0;
    const body = `{"task":${taskText(prepared.text)},"input":{}}`;
    const { error } = await workbench.post('/api/http-task/test', body);
    assert.equal(error, null, JSON.stringify(error));
    return target.requests[0];
  }
  const queryOf = ({ url }) => new URL(url, target.url).searchParams;

  test('of every operation of every document is valid in a definition', async () => {
    assert.ok(rows.length > 200);
    const wrong = [];
    for (const { id } of rows) {
      const prepared = await prepare(id);
      const problems = await problemsOf(prepared);
      if (problems.length > 0) wrong.push(`${id}: ${problems.join('; ')}`);
      assert.equal(prepared.task.type, 'Http');
      assert.equal(prepared.task.metadata.catalog.operation, id);
    }
    assert.deepEqual(wrong, []);
  });

  test('of every operation renders to a request that goes out once', async () => {
    const wrong = [];
    for (const { id, method } of ours()) {
      const { task } = await prepare(id, { server: target.url });
      const { result, received } = await send(task);
      if (result.error || target.requests.length !== 1 || received.method !== method) {
        wrong.push(`${id}: ${result.error?.message ?? 'not received'}`);
      } else if (/\$\{|\$%7B/i.test(received.url) && !/%24\{|\$\{/.test(task.httpRequest.url)) {
        wrong.push(`${id}: ${received.url}`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  test('has a sample that its own reference has nothing against', async () => {
    // No value is finite for createNode and createOrderInFiles, and what the wrong documents want nobody knows.
    const excepted = new Set([
      ...['createNode', 'createOrderInFiles', 'wrongSchemas', 'postStrangeType'],
    ]);
    const wrong = [];
    for (const { id, operationId } of ours()) {
      if (excepted.has(operationId)) continue;
      const { task } = await prepare(id, { server: target.url });
      const { result } = await send(task);
      for (const one of result.reference ?? []) {
        // They come from a credential, or can't be sent at all; both are told in the warnings.
        if (/^\/headers\/(Authorization|Not a header)$/.test(one.pointer)) continue;
        // Values without a sample are made up here, whatever their type.
        if (/^\/query\//.test(one.pointer) && /not a string$/.test(one.message)) continue;
        // What matches a pattern is for people to fill in.
        if (/does not match/.test(one.message)) continue;
        if (one.in === 'request') wrong.push(`${id}: ${one.pointer} ${one.message}`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  test('takes its optional parameters in the way that the reply says', async () => {
    const wrong = [];
    for (const { id } of ours()) {
      const prepared = await prepare(id, { server: target.url });
      const { task, name, parameters } = prepared;
      if (parameters.length === 0) continue;
      const queries = parameters.filter((one) => one.in === 'query');
      for (const one of parameters) {
        if (one.in === 'query') {
          task.httpRequest.url += one.add;
          task.inputParameters ??= {};
          for (const [, placeholder] of one.add.matchAll(/\$\{([^}]+)\}/g)) {
            task.inputParameters[placeholder] ??= one.sample?.replaceAll('${', () => '$${') ?? 'x';
          }
        } else task.httpRequest.headers = { ...task.httpRequest.headers, [one.add]: 'x' };
      }
      const problems = await problemsOf({ name, task });
      const { result, received } = await send(task);
      if (problems.length > 0 || result.error) {
        wrong.push(`${id}: ${problems} ${result.error?.message}`);
        continue;
      }
      for (const one of queries) {
        if (!queryOf(received).has(one.name)) wrong.push(`${id}: ${one.name} in ${received.url}`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  describe('has an address', () => {
    const addresses = [
      ['paths.example', 'GET_RunInstances', '/?Action=RunInstances'],
      ['paths.example', 'POST_RunInstances', '/?Action=RunInstances'],
      ['paths.example', 'openBox', '/'],
      ['paths.example', 'listAll', '/list?mode=all'],
      ['paths.example', 'listMode', '/list?mode=v-mode&x&more=v-more'],
      ['paths.example', 'noSlash', '/no/slash'],
      ['paths.example', 'joined', '/v-a-v-b.json'],
      ['paths.example', 'cancelName', '/v1/v-name:cancel'],
      ['paths.example', 'dollarBeforeBrace', '/price/%24v-amount'],
      ['paths.example', 'percentInPath', '/percent/%7Bid%7D/a%2Fb'],
      ['paths.example', 'openBrace', '/open%7Bbrace/x%7Dy/%7B%7D'],
      ['paths.example', 'doubleSlash', '//double//slash/'],
      ['parameters.example', 'readShelf', '/shelves/v-shelf/v-shelf/v-other_name'],
      ['parameters.example', 'readMatrix', '/matrix/;point=1,2'],
      ['examples.example', 'everyPlace', null],
    ];
    for (const [api, operationId, wanted] of addresses) {
      if (wanted === null) continue;
      test(`as ${operationId} has it`, async () => {
        assert.equal((await sent(api, operationId)).url, wanted);
      });
    }

    test('whose values can not break out of it', async () => {
      const { url } = await sent('paths.example', 'cancelName', {}, { name: '../a?b#c/ü %' });
      assert.equal(url, '/v1/..%2Fa%3Fb%23c%2F%C3%BC%20%25:cancel');
    });

    test('of the server that the document names first, over https where there is one', async () => {
      const url = async (api, operationId, options = {}) =>
        (await catalog.prepare(api, operationId, options)).task.httpRequest.url;
      assert.equal(
        await url('servers.example', 'whereAmI'),
        'https://eu.servers.example:8443/v2/where',
      );
      assert.equal(
        await url('servers.example', 'ofTheOperation'),
        'https://operation.servers.example/o/path',
      );
      assert.equal(
        await url('swagger2.example', 'sendForm'),
        'https://api.swagger2.example/base/form',
      );
      const other = { server: 'http://plain.servers.example' };
      assert.equal(
        await url('servers.example', 'whereAmI', other),
        'http://plain.servers.example/where',
      );
      const { servers } = await catalog.prepare('servers.example', 'whereAmI');
      assert.deepEqual(
        servers.map((one) => one.url),
        ['https://eu.servers.example:8443/v2', 'http://plain.servers.example'],
      );
      const id = await catalog.idOf('servers.example', 'whereAmI');
      for (const wrong of ['plain.servers.example', 'ftp://x', 'javascript:alert(1)', '']) {
        await workbench.fail(400, 'POST', catalog.at(id, '/prepare'), { server: wrong });
      }
    });

    test('with a placeholder where the document names none, and says so', async () => {
      for (const [api, operationId] of [
        ['without_servers', 'thingsWithoutServers'],
        ['relative_server', 'putRelative'],
        ['servers.example', 'ofTheSocket'],
      ]) {
        const { task, warnings } = await catalog.prepare(api, operationId);
        assert.match(task.httpRequest.url, /^\$\{baseUrl\}\//);
        assert.ok(warnings.some((text) => /baseUrl/.test(text)));
        const input = { ...inputFor(task), baseUrl: target.url };
        const { result } = await send(task, input);
        assert.equal(result.error, null, JSON.stringify(result.error));
      }
    });
  });

  test('has query parameters with their samples, encoded', async () => {
    const query = queryOf(await sent('parameters.example', 'listBoxes'));
    assert.equal(query.get('filter[name]'), 'a & b=c?#+%');
    assert.equal(query.get('a b'), 'v-a_b');
    assert.equal(query.get('$top'), '10');
    assert.equal(query.get('ids'), 'one');
    assert.deepEqual(JSON.parse(query.get('where')), { size: { gt: 3 } });
    assert.equal(query.get('only'), 'fixed value');
    assert.ok(!query.has('sort') && !query.has('template'), 'optional ones are left out');
    const places = queryOf(await sent('examples.example', 'everyPlace'));
    assert.deepEqual(Object.fromEntries(places), {
      q: 'of the schema',
      d: 'of the default',
      s: 'of the list',
      n: '0',
      f: 'false',
    });
  });

  test('has query parameters of several values in the style that the document names', async () => {
    assert.deepEqual(queryOf(await sent('swagger2.example', 'listOrders')).getAll('multi'), [
      '1',
      '2',
    ]);
    const deep = queryOf(await sent('parameters.example', 'listBoxes'));
    assert.ok(deep.has('range[from]') || deep.has('range[to]'), `${deep}`);
  });

  test('has required headers with their defaults, and none that others set', async () => {
    const { headers, prepared } = await sent('parameters.example', 'readSession');
    assert.equal(headers['x-required'], '7');
    assert.equal(headers['x-example'], '${task.output}');
    assert.equal(headers['x-nothing'], 'v-X_Nothing');
    assert.equal(headers['x-optional'], undefined);
    assert.equal(headers.host, target.host);
    assert.match(headers.cookie, /^sid=abc-123$/);
    assert.ok(prepared.warnings.some((text) => /Not a header/.test(text)));
    const box = await sent('parameters.example', 'getBox');
    assert.equal(box.headers['x-trace'], 'trace-${1}');
    assert.equal(box.headers.authorization, undefined);
    assert.ok(box.prepared.warnings.some((text) => /Authorization/.test(text)));
    assert.equal((await sent('paths.example', 'openBox')).headers['x-amz-target'], 'Box.Open');
  });

  describe('has a body', () => {
    const fields = { name: 'Ann & Bob=1+1', tags: ['red'] };
    const withoutTime = ({ at, ...rest }) => {
      assert.match(at, /^\d{4}-\d\d-\d\dT/);
      return rest;
    };

    test('of JSON, its required members first', async () => {
      const { json: body, headers } = await sent('bodies.example', 'postJson');
      assert.deepEqual(withoutTime(body), fields);
      assert.equal(headers['content-type'], 'application/json');
      const vendor = await sent('bodies.example', 'patchVendor');
      assert.equal(vendor.headers['content-type'], 'application/vnd.bodies.v2+json; charset=utf-8');
      assert.deepEqual(withoutTime(vendor.json), fields);
      assert.deepEqual((await sent('bodies.example', 'deleteWithBody')).json.length, 2);
      assert.equal((await sent('bodies.example', 'putScalar')).json, 'on');
      assert.deepEqual((await sent('bodies.example', 'postAny')).json, [1]);
    });

    test('of a form', async () => {
      const { text, headers } = await sent('bodies.example', 'postForm');
      assert.equal(headers['content-type'], 'application/x-www-form-urlencoded');
      const form = new URLSearchParams(text);
      assert.equal(form.get('name'), fields.name);
      assert.deepEqual(form.getAll('tags'), fields.tags);
    });

    test('of parts', async () => {
      for (const [api, operationId] of [
        ['bodies.example', 'postMultipart'],
        ['swagger2.example', 'upload'],
        ['swagger2.example', 'fileWithoutConsumes'],
      ]) {
        const { text, headers } = await sent(api, operationId);
        assert.match(headers['content-type'], /^multipart\/form-data; *boundary=/);
        assert.match(text, /name="file"/);
      }
      const { text } = await sent('swagger2.example', 'upload');
      assert.match(text, /name="title"\r\n(.+\r\n)*\r\nA title\r\n/);
    });

    test('of text, XML and bytes', async () => {
      const text = await sent('bodies.example', 'postText');
      assert.equal(text.text, 'costs ${5}, $$ and ${{x}}');
      assert.equal(text.headers['content-type'], 'text/plain');
      const xml = await sent('bodies.example', 'postXml');
      assert.match(
        xml.text,
        /^(<\?xml.*\?>)?<Fields><name>Ann &amp; Bob=1\+1<\/name><tags>red<\/tags>/,
      );
      const bytes = await sent('bodies.example', 'putBytes');
      assert.equal(bytes.text, 'v-content');
      assert.equal(bytes.headers['content-type'], 'application/octet-stream');
      assert.equal((await sent('swagger2.example', 'sendText')).text, 'hello');
    });

    test('of the type that the caller chooses', async () => {
      const prepared = await catalog.prepare('bodies.example', 'postChoice');
      assert.deepEqual(prepared.contentTypes, [
        ...['text/csv', 'application/x-www-form-urlencoded', 'application/json'],
      ]);
      assert.deepEqual((await sent('bodies.example', 'postChoice')).json, { b: 1 });
      const csv = await sent('bodies.example', 'postChoice', { contentType: 'text/csv' });
      assert.equal(csv.text, 'a;b');
      const type = 'application/x-www-form-urlencoded';
      assert.equal((await sent('bodies.example', 'postChoice', { contentType: type })).text, 'a=1');
      const id = await catalog.idOf('bodies.example', 'postChoice');
      for (const wrong of ['text/html', 'text/csv\r\nX: y']) {
        await workbench.fail(400, 'POST', catalog.at(id, '/prepare'), { contentType: wrong });
      }
    });

    test('with the examples of every place', async () => {
      const body = async (operationId) => (await sent('examples.example', operationId)).json;
      const parts = { a: 'part', b: 3, c: 'by default', d: 'first', e: 'only' };
      assert.deepEqual(await body('mediaExample'), { a: 'from the media type', b: 1 });
      assert.deepEqual(await body('mediaExamples'), { a: 'first of many', b: 5 });
      assert.deepEqual(await body('schemaExample'), { a: 'from the schema', b: 2 });
      assert.deepEqual(await body('propertyExamples'), parts);
      assert.deepEqual(await body('incompleteExample'), { ...parts, a: 'given' });
      assert.deepEqual(await body('nullExample'), parts);
      assert.deepEqual(await body('dollarExample'), { t: '${task.secret} and $${x} and $' });
      const data = await sent('references.example', 'refsInSamples');
      assert.deepEqual(data.json, { $ref: '#/components/schemas/Missing' });
    });

    test('without what only answers hold', async () => {
      const { json: cat } = await sent('schemas.example', 'createCat');
      assert.ok(!('id' in cat));
      assert.equal(cat.kind, 'cat');
      assert.equal(cat.lives, 9);
      const { json: order } = await sent('swagger2.example', 'createOrder');
      assert.deepEqual(order, { lines: [{ sku: 'A-1' }] });
    });

    test('whose discriminator names what it is', async () => {
      assert.equal((await sent('schemas.example', 'createPet')).json.kind, 'cat');
      assert.equal((await sent('swagger2.example', 'putCow')).json.kind, 'Cow');
    });

    test('that fits formats and bounds', async () => {
      const { json: body } = await sent('schemas.example', 'createFormats');
      assert.match(body.date, /^\d{4}-\d\d-\d\d$/);
      assert.match(body.uuid, /^[0-9a-f-]{36}$/);
      assert.match(body.email, /@/);
      assert.ok(body.long.length >= 20 && body.long.length <= 25);
      const { text } = await sentAsWritten('schemas.example', 'createNumbers');
      assert.match(text, /"big":9223372036854775807[,}]/);
      assert.match(text, /"huge":18446744073709551614[,}]/);
      const { small, ratio, even } = JSON.parse(text);
      assert.ok(small > 10, `${small}`);
      assert.ok(ratio >= 1.25 && ratio < 1.5, `${ratio}`);
      assert.ok(even >= 3 && even % 2 === 0);
    });

    test('with integers that no double holds', async () => {
      const { url, text } = await sentAsWritten('huge.example', 'postHuge');
      assert.equal(url, '/huge?max=18446744073709551616');
      assert.match(text, /"n":18446744073709551615[,}]/);
      assert.match(text, /"u":18446744073709551615[,}]/);
    });

    test('with the values of YAML as they are written', async () => {
      const { json: body } = await sent('yaml.example', 'postAnswers');
      assert.equal(body.country, 'no');
      assert.equal(body.day, '2026-01-01');
      assert.deepEqual(body.list, [1, 2.5, true, null, 'no', 1.1, '7']);
    });

    test('found behind references and in other files', async () => {
      assert.deepEqual((await sent('references.example', 'makeThing')).json, { odd: 'found' });
      assert.deepEqual((await sent('references.example', 'intoPaths')).json, { inPath: 4 });
      const { json: order, url } = await sent('files.example', 'createOrderInFiles');
      assert.equal(order.line?.sku, 'from another file');
      assert.equal(url, '/orders?limit=25');
    });

    test('not on a GET that can do without', async () => {
      for (const operationId of ['getWithBody', 'headWithBody']) {
        const { body, headers } = await sent('bodies.example', operationId);
        assert.equal(body.length, 0);
        assert.equal(headers['content-type'], undefined);
      }
    });

    test('of no type that a document invents', async () => {
      const { headers, json: body } = await sent('bodies.example', 'postStrangeType');
      assert.equal(headers['content-type'], 'application/json');
      assert.equal(headers['x-evil'], undefined);
      assert.deepEqual(body, {});
    });
  });

  test('waits for a bounded time, and retries only what may be repeated', async () => {
    for (const { id, method } of rows) {
      const { task } = await prepare(id);
      assert.ok(task.connectionTimeoutSeconds > 0 && task.readTimeoutSeconds > 0, id);
      const repeatable = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE'].includes(method);
      if (!repeatable) assert.equal(task.retry, undefined, `${id} is not repeated`);
      if (method === 'GET') assert.ok(task.retry, `${id} is`);
    }
  });

  test('has a name that says what it does', async () => {
    const name = async (api, operationId) => (await catalog.prepare(api, operationId)).name;
    assert.equal(await name('schemas.example', 'createPet'), 'Create a pet');
    assert.match(await name('schemas.example', 'createCat'), /^create cat$/i);
    assert.equal(await name('yaml.example', 'postAnswers'), 'Two lines');
    for (const { id } of rows) {
      const prepared = await prepare(id);
      assert.ok(prepared.name.length > 0 && prepared.name.length <= 60, prepared.name);
      assert.doesNotMatch(prepared.name, /[\n\r${}]/);
    }
  });

  test('is the same each time', async () => {
    for (const { id } of ours().slice(0, 40)) {
      assert.deepEqual(await prepare(id), await prepare(id));
    }
  });

  describe('names the credential that it needs', () => {
    const filled = (credential) => {
      const text = JSON.stringify(credential, (key, value) => {
        const isSecret = ['username', 'password', 'token', 'clientId', 'clientSecret'].includes(
          key,
        );
        if (isSecret) return `filled-${key}`;
        return key === 'value' ? `${value}filled` : value;
      });
      return JSON.parse(text);
    };

    test('so that it can be saved as soon as its secrets are filled', async () => {
      const wrong = [];
      for (const { id, api } of rows.filter((row) => /^(security|swagger2)/.test(row.api))) {
        for (const { credential, matching } of (await prepare(id)).credentials) {
          assert.deepEqual(matching, []);
          if (credential === null) continue;
          const reply = await workbench.call('POST', '/api/credentials', filled(credential));
          if (reply.status >= 300) wrong.push(`${id} of ${api}: ${reply.text}`);
          else await workbench.delete(`/api/credentials/${reply.body.id ?? reply.body}`);
        }
      }
      assert.deepEqual(wrong, []);
    });

    test('by its type', async () => {
      const type = async (operationId) =>
        (await catalog.prepare('security.example', operationId)).credentials.map((one) => one.type);
      const wanted = {
        byDefault: ['Bearer'],
        byBasic: ['Basic'],
        byDigest: [null],
        byHeader: ['ApiKey'],
        byQuery: ['ApiKey'],
        byCookie: ['ApiKey'],
        byOauth: ['OAuth2ClientCredentials'],
        byConnect: ['Bearer'],
        byTls: [null],
        byStrange: [null],
        byLinked: ['ApiKey'],
        byBoth: ['ApiKey'],
        byNothing: [],
      };
      for (const [operationId, types] of Object.entries(wanted)) {
        assert.deepEqual(await type(operationId), types, operationId);
      }
      const { credentials } = await catalog.prepare('security.example', 'byOauth');
      assert.equal(credentials[0].credential.tokenUrl, 'https://login.security.example/t');
      const relative = await catalog.prepare('security.example', 'byRelative');
      assert.equal(
        relative.credentials[0].credential.tokenUrl,
        'https://api.security.example/oauth/token',
      );
    });

    test('chooses a saved one when exactly one fits, and sends it', async () => {
      const options = { server: target.url };
      const before = await catalog.prepare('security.example', 'byHeader', options);
      const [{ credential }] = before.credentials;
      assert.deepEqual(credential.hosts, [target.host]);
      assert.equal(before.task.credentials, undefined);
      const saved = await workbench.post('/api/credentials', filled(credential));
      const id = saved.id ?? saved;
      const after_ = await catalog.prepare('security.example', 'byHeader', options);
      assert.deepEqual(
        after_.credentials[0].matching.map((one) => one.id),
        [id],
      );
      assert.equal(after_.task.credentials, id);
      assert.deepEqual(await problemsOf(after_), []);
      const { received } = await send(after_.task);
      assert.equal(received.headers['x-api-key'], 'filled');

      const elsewhere = await catalog.prepare('security.example', 'byHeader');
      assert.deepEqual(elsewhere.credentials[0].matching, [], 'not for another host');
      const other = await catalog.prepare('security.example', 'byQuery', options);
      assert.deepEqual(other.credentials[0].matching, [], 'not for another key');
      assert.equal(other.task.credentials, undefined);

      const twin = await workbench.post(
        '/api/credentials',
        filled({ ...credential, name: 'twin' }),
      );
      const both = await catalog.prepare('security.example', 'byHeader', options);
      assert.equal(both.credentials[0].matching.length, 2);
      assert.equal(both.task.credentials, undefined, 'nobody knows which');
      for (const one of [id, twin.id ?? twin]) await workbench.delete(`/api/credentials/${one}`);
    });
  });

  describe('tried out, is held against its reference', () => {
    let folder;
    const api = 'checked.example';
    const thing = {
      type: 'object',
      required: ['name', 'sizes'],
      properties: {
        id: { type: 'string', readOnly: true },
        name: { type: 'string', maxLength: 5 },
        sizes: { type: 'array', items: { type: 'integer', minimum: 1 } },
        kind: { type: 'string', enum: ['a', 'b'] },
      },
    };
    const document = () =>
      openapi(api, {
        '/things': {
          post: operation('makeThing', {
            parameters: [
              {
                name: 'mode',
                in: 'query',
                required: true,
                schema: { type: 'string', enum: ['x', 'y'] },
              },
              { name: 'limit', in: 'query', schema: { type: 'integer', maximum: 10 } },
              { name: 'X-Kind', in: 'header', required: true, schema: { type: 'string' } },
            ],
            requestBody: { required: true, ...jsonBody(thing) },
            responses: {
              200: {
                description: 'ok',
                content: { 'application/json': { schema: { ...thing, required: ['id', 'name'] } } },
              },
              '4XX': { description: 'no' },
            },
          }),
        },
      });

    before(async () => {
      folder = temporaryDirectory('catalog');
      writeFiles(folder, { 'checked.json': document() });
      await catalog.importOne(path.join(folder, 'checked.json'));
    });

    async function findings({
      change = () => {},
      answer = { id: 'i', name: 'n' },
      status = 200,
    } = {}) {
      target.answer = (_, response) => json(response, answer, status);
      const { task } = await catalog.prepare(api, 'makeThing', { server: target.url });
      change(task.httpRequest, task);
      const { result } = await send(task);
      assert.equal(result.error, null, JSON.stringify(result.error));
      for (const { message } of result.reference) assert.ok(message.length > 5, message);
      return result.reference.map((one) => `${one.in} ${one.pointer}`).sort();
    }

    test('and nothing is told when both sides fit', async () => {
      assert.deepEqual(await findings(), []);
      assert.deepEqual(await findings({ status: 422, answer: { any: 1 } }), []);
    });

    test('what the request has against it', async () => {
      const change = (body) => (request) => Object.assign(request, { body });
      const cases = [
        [{ name: 'n' }, ['/body/sizes']],
        [{ name: 5, sizes: [] }, ['/body/name']],
        [{ name: 'toolong', sizes: [1, 0, 'x'] }, ['/body/name', '/body/sizes/1', '/body/sizes/2']],
        [{ name: 'n', sizes: {}, kind: 'c' }, ['/body/kind', '/body/sizes']],
        [[], ['/body']],
        ['text', ['/body']],
      ];
      for (const [body, pointers] of cases) {
        const wanted = pointers.map((pointer) => `request ${pointer}`);
        assert.deepEqual(await findings({ change: change(body) }), wanted, JSON.stringify(body));
      }
    });

    test('what the request lacks', async () => {
      const base = target.url;
      assert.deepEqual(await findings({ change: (request) => (request.url = `${base}/things`) }), [
        'request /query/mode',
      ]);
      assert.deepEqual(await findings({ change: (request) => delete request.headers['X-Kind'] }), [
        'request /headers/X-Kind',
      ]);
      assert.deepEqual(await findings({ change: (request) => delete request.body }), [
        'request /body',
      ]);
      assert.deepEqual(
        await findings({ change: (request) => (request.headers['Content-Type'] = 'text/plain') }),
        ['request /headers/Content-Type'],
      );
    });

    test('which values of parameters do not fit', async () => {
      const url = (query) => (request) => (request.url = `${target.url}/things?${query}`);
      assert.deepEqual(await findings({ change: url('mode=z') }), ['request /query/mode']);
      assert.deepEqual(await findings({ change: url('mode=x&limit=many') }), [
        'request /query/limit',
      ]);
      assert.deepEqual(await findings({ change: url('mode=x&limit=11') }), [
        'request /query/limit',
      ]);
      assert.deepEqual(await findings({ change: url('mode=x&limit=10') }), []);
    });

    test('what every part of an allOf has against it', async () => {
      const { task } = await catalog.prepare('schemas.example', 'createCat', {
        server: target.url,
      });
      task.httpRequest.body = { kind: 'dog', name: '', lives: 10 };
      const { result } = await send(task);
      const said = result.reference.filter((one) => one.in === 'request');
      assert.deepEqual(said.map(({ pointer }) => pointer).sort(), [
        '/body/kind',
        '/body/lives',
        '/body/name', // too short
        '/body/name', // and against its pattern
      ]);
    });

    test('what the answer has against it', async () => {
      assert.deepEqual(await findings({ answer: { name: 'n' } }), ['response /body/id']);
      assert.deepEqual(await findings({ answer: { id: 1, name: 'n' } }), ['response /body/id']);
      assert.deepEqual(await findings({ answer: [] }), ['response /body']);
      assert.deepEqual(await findings({ status: 500 }), ['response /status']);
      assert.deepEqual(await findings({ answer: { id: 'i', name: 'n', sizes: [0] } }), [
        'response /body/sizes/0',
      ]);
    });

    test('and without a document any more says nothing', async () => {
      const { task } = await catalog.prepare(api, 'makeThing', { server: target.url });
      const { documentId } = await catalog.document(api);
      await workbench.delete(`/api/catalog/apis/${documentId}`);
      const { result } = await send(task);
      assert.equal(result.error, null);
      assert.deepEqual(result.reference ?? [], []);
      await catalog.importOne(path.join(folder, 'checked.json'));
    });
  });

  test('of an operation takes the scope read', async () => {
    const id = await catalog.idOf('schemas.example', 'createPet');
    const reader = await workbench.withScopes(['read']);
    await reader.post(catalog.at(id, '/prepare'), {});
    const runner = new Workbench(server, null);
    await runner.fail(401, 'POST', catalog.at(id, '/prepare'), {});
  });
});

describe('from a definition to the real answer', () => {
  let server;
  before(async () => {
    server = await startServer({ args: ['--ephemeral'] });
  });
  after(() => server?.stop());

  test('it takes four steps: add a task, search, prepare, test', async () => {
    const workbench = new Workbench(server);
    const catalog = new CatalogClient(workbench);
    const items = ItemsApi.sandboxOf(server);
    const user = await items.createUser('four-steps');
    const [one, two, three] = [
      await items.createItem({ user_id: user.user_id }),
      await items.createItem({ user_id: user.user_id }),
      await items.createItem({ user_id: user.user_id }),
    ];

    // 1. A definition that wants an Http task.
    const tasks = { Begin: simple({ end: true }) };
    const definitionId = await workbench.define(tasks, { name: 'Offboarding' });
    await workbench.get(`/api/workflow-definitions/${definitionId}`);

    // 2. Search.
    const { content } = await catalog.search({ q: '/user/items/remove' });
    assert.equal(content[0].path, '/user/items/remove');
    const reference = await workbench.get(catalog.at(content[0].id));
    assert.equal(reference.servers[0].url, server.sandbox);

    // 3. Prepare, and fill what it asks for.
    const options = {};
    const { credentials } = await workbench.post(catalog.at(content[0].id, '/prepare'), options);
    assert.equal(credentials.length, 1);
    const { credential } = credentials[0];
    assert.deepEqual(credential.values.map(({ name }) => name).sort(), [
      'PLAID-CLIENT-ID',
      'PLAID-SECRET',
    ]);
    for (const value of credential.values) {
      value.value = value.name === 'PLAID-SECRET' ? server.secrets.sandbox : server.clientId;
    }
    await workbench.post('/api/credentials', credential);
    const prepared = await workbench.post(catalog.at(content[0].id, '/prepare'), options);
    const { task, name } = prepared;
    assert.ok(task.credentials, 'the saved credential is chosen');
    task.httpRequest.body = { user_id: user.user_id, item_ids: [one.item_id] };

    // 4. Test request: the real answer of the sandbox.
    const result = await workbench.post('/api/http-task/test', { task, input: {} });
    assert.equal(result.error, null, JSON.stringify(result.error));
    assert.equal(result.response.status, 200);
    assert.match(result.response.body.request_id, /^\w{15}$/);
    assert.deepEqual(result.reference, []);
    assert.ok(!JSON.stringify(result).includes(server.secrets.sandbox), 'the secret is not shown');
    const left = [two.item_id, three.item_id].sort();
    assert.deepEqual(await items.itemIdsOf({ user_id: user.user_id }), left);

    // An answer that refuses is told as one.
    const again = await workbench.post('/api/http-task/test', { task, input: {} });
    assert.equal(again.response.status, 400);
    assert.equal(again.response.body.error_code, 'ITEM_NOT_FOUND');
    task.httpRequest.body.item_ids = [];
    const empty = await workbench.post('/api/http-task/test', { task, input: {} });
    assert.deepEqual(
      empty.reference.filter((each) => each.in === 'request').map(({ pointer }) => pointer),
      ['/body/item_ids'],
    );

    // And the definition that holds it does the same when it runs.
    task.httpRequest.body.item_ids = [two.item_id];
    await workbench.put(
      `/api/workflow-definitions/${definitionId}`,
      definition({ [name]: task }, { name: 'Offboarding' }),
    );
    const run = await workbench.run(definitionId);
    assert.equal(run.status, 'Completed', JSON.stringify(run));
    assert.deepEqual(await items.itemIdsOf({ user_id: user.user_id }), [three.item_id]);
  });
});
