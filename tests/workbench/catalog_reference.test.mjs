// Proves that the reference of an operation says what its document says: fields nested and flat,
// recursion cut where it can be opened, nothing that a request can't hold, and no text that could
// run in a browser.

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
import { startServer, temporaryDirectory } from '../support/server.mjs';
import { Workbench } from '../support/workbench.mjs';

describe('the reference of an operation', () => {
  let server;
  let catalog;
  let references;

  before(async () => {
    server = await startServer({ args: ['--ephemeral'] });
    catalog = new CatalogClient(new Workbench(server));
    await catalog.import(documentsFolder);
    references = new Map();
  });
  after(() => server?.stop());

  async function of(api, operationId) {
    const key = `${api} ${operationId}`;
    if (!references.has(key)) references.set(key, await catalog.reference(api, operationId));
    return references.get(key);
  }
  const body = async (api, operationId) =>
    (await of(api, operationId)).requestBody.content[0].schema;
  const answer = async (api, operationId, status) => {
    const { responses } = await of(api, operationId);
    return responses.find((one) => one.status === status).content[0].schema;
  };
  const named = (list, name) => {
    const found = list.find((one) => one.name === name);
    assert.ok(found, `${name} is among ${list.map((one) => one.name)}`);
    return found;
  };
  const names = (list) => list.map(({ name }) => name);

  test('has its heading, its tags and where it comes from', async () => {
    const reference = await of('schemas.example', 'createPet');
    assert.equal(reference.method, 'POST');
    assert.equal(reference.path, '/pets');
    assert.equal(reference.summary, 'Create a pet');
    assert.equal(reference.api, 'schemas.example');
    assert.equal(reference.apiTitle, 'Schemas');
    assert.equal(reference.version, '1');
    assert.equal(reference.deprecated, false);
    assert.equal(reference.links.source, path.join(documentsFolder, 'schemas.yaml'));
    assert.match(reference.fingerprint, /^[0-9a-f]{32,}$/);
    assert.equal((await of('yaml.example', 'fromMerge')).operationId, 'fromMerge');
  });

  test('of a name that nobody has is a 404', async () => {
    for (const id of ['nothing', '..%2F..', '%00', "x'--", 'x'.repeat(3000)]) {
      await catalog.workbench.fail(404, 'GET', `/api/catalog/operations/${id}`);
    }
    const id = await catalog.idOf('schemas.example', 'createPet');
    for (const pointer of ['/nothing', 'no-slash', '/components/schemas/Pet/~2', '/paths/x/y']) {
      const query = new URLSearchParams({ pointer });
      await catalog.workbench.fail(404, 'GET', `${catalog.at(id, '/schema')}?${query}`);
    }
  });

  describe('fields of a body', () => {
    test('stand nested, required ones first, arrays with brackets', async () => {
      const { fields } = await body('schemas.example', 'createDogs');
      const dogs = named(fields, 'dogs[]');
      assert.equal(dogs.type, 'array');
      assert.equal(dogs.items, 'object');
      assert.equal(dogs.required, true);
      assert.deepEqual(names(dogs.fields).slice(0, 2).sort(), ['kind', 'name']);
      const tricks = named(dogs.fields, 'tricks[]');
      assert.match(tricks.constraints, /at least 1|1 or more/);
      const title = named(tricks.fields, 'title');
      assert.equal(title.required, true);
      assert.equal(title.description, 'What it does.');
    });

    test('of our own API are as the document has them', async () => {
      const rows = await catalog.operationsOf('tartan/users-items');
      const { id } = rows.find((row) => row.path === '/user/items/remove');
      const reference = await catalog.workbench.get(catalog.at(id));
      const { fields } = reference.requestBody.content[0].schema;
      const ids = named(fields, 'item_ids[]');
      assert.equal(ids.type, 'array');
      assert.equal(ids.items, 'string');
      assert.ok(reference.responses.some(({ status }) => status === '200'));
    });

    test('merge allOf, and name the alternatives of oneOf', async () => {
      const cat = await body('schemas.example', 'createCat');
      const lives = named(cat.fields, 'lives');
      assert.equal(lives.required, true);
      assert.equal(lives.default, 9);
      assert.equal(lives.constraints, '1 to 9');
      assert.deepEqual(named(cat.fields, 'kind').enum, ['cat']);
      const { alternatives } = await body('schemas.example', 'createPet');
      assert.deepEqual(
        alternatives.map(({ title }) => title),
        ['Cat', 'Dog'],
      );
      named(alternatives[1].fields, 'tricks[]');
    });

    test('that only an answer holds are left out of requests, and the other way round', async () => {
      const request = names((await body('schemas.example', 'createCat')).fields);
      assert.ok(!request.includes('id'), 'read-only');
      assert.ok(request.includes('secret'));
      const reply = names((await answer('schemas.example', 'createCat', '201')).fields);
      assert.ok(reply.includes('id'));
      assert.ok(!reply.includes('secret'), 'write-only');
    });

    test('carry constraints in words', async () => {
      const { fields } = await body('schemas.example', 'createNumbers');
      assert.equal(named(fields, 'even').constraints, 'at least 3, a multiple of 2');
      assert.match(named(fields, 'small').constraints, /more than 10/);
      assert.match(named(fields, 'ratio').constraints, /1\.25.*less than 1\.5/);
      const cat = await body('schemas.example', 'createCat');
      assert.equal(named(cat.fields, 'name').constraints, '1 to 40 characters, matches ^[A-Z]');
      const money = await body('schemas31.example', 'postMoney');
      assert.match(named(money.fields, 'amount').constraints, /more than 0/);
    });

    test('keep integers that no double holds', async () => {
      const id = await catalog.idOf('schemas.example', 'createNumbers');
      const { text } = await catalog.workbench.call('GET', catalog.at(id));
      assert.match(text, /"example":9223372036854775807[,}]/);
      assert.match(text, /"default":18446744073709551614[,}]/);
    });

    test('may be named like words of a schema', async () => {
      const { fields } = await body('schemas.example', 'createOdd');
      assert.deepEqual(names(fields).sort(), [
        '',
        '$ref',
        'a/b~c',
        'allOf',
        'default',
        'enum[]',
        'example',
        'items[]',
        'properties',
        'required',
        'type',
      ]);
      assert.equal(named(fields, '$ref').example, '#/components/schemas/Pet');
      assert.deepEqual(named(fields, 'type').enum, ['a', 'b']);
    });

    test('of OpenAPI 3.1 say what its words say', async () => {
      const { fields } = await body('schemas31.example', 'postMoney');
      assert.equal(named(fields, 'amount').nullable, true);
      assert.equal(named(fields, 'amount').example, 12);
      const currency = named(fields, 'currency');
      assert.equal(currency.default, 'EUR');
      assert.equal(currency.description, 'Beside a reference.');
      assert.equal(currency.constraints, '3 characters');
      assert.equal(named(fields, 'mode').const, 'fixed');
      assert.equal(named(fields, 'either').type, 'string or integer');
      assert.equal(named(fields, 'free').type, 'any');
    });

    test('of YAML keep the types of their values', async () => {
      const { schema, example } = (await of('yaml.example', 'postAnswers')).requestBody.content[0];
      assert.deepEqual(named(schema.fields, 'country').enum, [
        ...['no', 'yes', 'on', 'off', 'y', 'n', null],
      ]);
      assert.deepEqual(named(schema.fields, 'count').enum, [1, 2, 3]);
      assert.deepEqual(example.list, [1, 2.5, true, null, 'no', 1.1, '7']);
      const { list, ...rest } = example;
      assert.ok(list);
      assert.deepEqual(rest, {
        country: 'no',
        day: '2026-01-01',
        time: '12:30:45',
        octal: 12,
        hex: 31,
        big: 1000,
        tilde: null,
        empty: null,
        yes: 'on',
        version: 1.1,
        text: '5',
      });
    });

    test('are found behind every kind of reference', async () => {
      const found = await body('references.example', 'makeThing');
      assert.equal(named(found.fields, 'odd').example, 'found');
      const reply = await answer('references.example', 'makeThing', '200');
      assert.equal(named(reply.fields, 'end').type, 'boolean');
      const inPath = await body('references.example', 'intoPaths');
      assert.equal(named(inPath.fields, 'inPath').type, 'integer');
      const { responses } = await of('references.example', 'makeThing');
      assert.equal(responses[0].headers[0].name, 'X-Left');
      assert.deepEqual(responses[0].content[0].example, { end: true });
    });

    test('are found in other files', async () => {
      const order = await body('files.example', 'createOrderInFiles');
      const line = named(order.fields, 'line');
      assert.equal(named(line.fields, 'sku').example, 'from another file');
      const reply = await answer('files.example', 'listItemsInFiles', '200');
      assert.equal(named(reply.fields, 'here').example, 'in the main file');
      const { parameters } = await of('files.example', 'createOrderInFiles');
      assert.equal(parameters[0].default, 25);
    });
  });

  describe('a schema that contains itself', () => {
    test('is cut where it begins again, and can be opened there', async () => {
      const { fields } = await body('schemas.example', 'createNode');
      const next = named(fields, 'next');
      assert.equal(next.required, true);
      assert.equal(next.fields, undefined);
      const id = await catalog.idOf('schemas.example', 'createNode');
      const opened = await catalog.open(id, next.more);
      assert.deepEqual(names(opened.fields).sort(), ['next', 'value']);
      let deeper = named(opened.fields, 'next');
      if (!deeper.more) deeper = named(deeper.fields, 'next');
      assert.equal(deeper.more, next.more);
    });

    test('is cut in arrays, maps, alternatives and circles of two', async () => {
      const person = await body('schemas.example', 'createPerson');
      assert.ok(named(person.fields, 'friends[]').more);
      const ping = await body('schemas.example', 'ping');
      assert.ok(named(named(ping.fields, 'pong').fields, 'ping').more);
      assert.ok((await body('schemas.example', 'loopOfItems')).more);
      const map = await answer('schemas.example', 'loopOfItems', '201');
      assert.ok(map.fields[0].more);
      assert.ok((await body('schemas.example', 'loopOfOneOf')).alternatives[0].more);
    });

    test('is cut where only an allOf stands between', async () => {
      const { fields } = await body('schemas.example', 'createPerson');
      const best = named(fields, 'best');
      assert.equal(best.description, 'The best one.');
      const depth = (node) => 1 + Math.max(0, ...(node.fields ?? []).map((one) => depth(one)));
      assert.ok(depth(best) <= 5, `${depth(best)} levels`);
      let cut = best;
      while (!cut.more) cut = named(cut.fields, 'best');
      const id = await catalog.idOf('schemas.example', 'createPerson');
      named((await catalog.open(id, cut.more)).fields, 'best');
    });

    test('of references alone means anything', async () => {
      assert.equal((await body('schemas.example', 'loopOfReferences')).type, 'any');
      const { fields } = await body('schemas.example', 'loopOfAllOf');
      assert.deepEqual(names(fields), ['a']);
    });

    test('every marker of every document can be opened', async () => {
      const rows = await catalog.workbench.all('/api/catalog/search', 200);
      let opened = 0;
      for (const { id } of rows) {
        const pointers = new Set();
        const visit = (node) => {
          if (Array.isArray(node)) node.forEach(visit);
          else if (node && typeof node === 'object') {
            if (typeof node.more === 'string') pointers.add(node.more);
            for (const key of ['fields', 'alternatives', 'schema', 'content', 'headers']) {
              visit(node[key]);
            }
          }
        };
        const reference = await catalog.workbench.get(catalog.at(id));
        visit([reference.requestBody, reference.responses, reference.parameters]);
        for (const pointer of pointers) {
          const node = await catalog.open(id, pointer);
          const inner = node.fields ?? node.items ?? node.alternatives;
          assert.ok(inner, `${id} ${pointer} opens to more than a marker`);
          opened += 1;
        }
      }
      assert.ok(opened > 10, `${opened} were opened`);
    });

    test('leaves out of an opened request what only answers hold', async () => {
      const folder = temporaryDirectory('catalog');
      const schemas = {
        Tree: {
          type: 'object',
          properties: {
            id: { type: 'string', readOnly: true },
            child: { $ref: '#/components/schemas/Tree' },
          },
        },
      };
      const post = operation('grow', {
        requestBody: jsonBody({ $ref: '#/components/schemas/Tree' }),
      });
      writeFiles(folder, {
        'tree.json': openapi('tree.example', { '/t': { post } }, { components: { schemas } }),
      });
      await catalog.importOne(path.join(folder, 'tree.json'));
      const { fields } = await body('tree.example', 'grow');
      assert.deepEqual(names(fields), ['child']);
      const id = await catalog.idOf('tree.example', 'grow');
      assert.deepEqual(names((await catalog.open(id, fields[0].more)).fields), ['child']);
    });
  });

  describe('parameters and headers', () => {
    test('of a path hold for its operations, unless these have their own', async () => {
      const { parameters, headers } = await of('parameters.example', 'deleteBox');
      const id = named(parameters, 'boxId');
      assert.equal(id.type, 'integer');
      assert.equal(id.description, 'Of the operation.');
      assert.equal(parameters.filter(({ name }) => name === 'boxId').length, 1);
      assert.equal(named(parameters, 'verbose').required, false);
      assert.equal(named(headers, 'X-Trace').default, 'trace-${1}');
      const get = await of('parameters.example', 'getBox');
      assert.equal(named(get.parameters, 'verbose').required, true);
    });

    test('have their examples from every place', async () => {
      const { parameters, responses } = await of('examples.example', 'everyPlace');
      assert.equal(named(parameters, 'p').example, 'of the parameter');
      assert.equal(named(parameters, 'q').example, 'of the schema');
      assert.equal(named(parameters, 'd').default, 'of the default');
      assert.equal(named(parameters, 's').example, 'of the list');
      assert.equal(named(parameters, 'n').example, 0);
      assert.equal(named(parameters, 'f').example, false);
      assert.equal(responses[0].headers[0].example, 'of the header');
      assert.deepEqual(responses[0].content[0].example, { answer: 'of the response' });
    });

    test('that nobody declared are there as texts', async () => {
      const { parameters } = await of('parameters.example', 'readShelf');
      assert.deepEqual(names(parameters), ['shelf', 'other-name']);
      for (const one of parameters) {
        assert.deepEqual([one.in, one.required, one.type], ['path', true, 'string']);
      }
    });

    test('name the formats that go and come', async () => {
      const { headers } = await of('swagger2.example', 'createOrder');
      assert.equal(named(headers, 'Content-Type').default, 'application/json');
      assert.equal(named(headers, 'Accept').default, 'application/json');
    });

    test('of Swagger 2.0 are read like those of OpenAPI 3', async () => {
      const { parameters, responses, requestBody } = await of('swagger2.example', 'listOrders');
      assert.equal(requestBody, null);
      assert.equal(named(parameters, 'limit').constraints, '1 to 50');
      assert.deepEqual(named(parameters, 'csv').enum, ['a', 'b']);
      assert.deepEqual(named(parameters, 'multi').default, [1, 2]);
      const ok = responses.find(({ status }) => status === '200').content;
      assert.deepEqual(ok[0].example, [{ id: 'o1', lines: [] }]);
      assert.equal(ok[1].contentType, 'text/csv');
      const failed = responses.find(({ status }) => status === 'default');
      assert.equal(failed.headers[0].name, 'X-Rate');
      named(failed.content[0].schema.fields, 'code');
      const upload = (await of('swagger2.example', 'upload')).requestBody.content[0];
      assert.equal(upload.contentType, 'multipart/form-data');
      assert.equal(named(upload.schema.fields, 'file').format, 'binary');
      assert.equal(named(upload.schema.fields, 'title').default, 'A title');
      const form = (await of('swagger2.example', 'sendForm')).requestBody.content[0];
      assert.equal(form.contentType, 'application/x-www-form-urlencoded');
    });
  });

  test('shows an example of a body wherever the document holds one', async () => {
    const example = async (operationId) =>
      (await of('examples.example', operationId)).requestBody.content[0].example;
    assert.deepEqual(await example('mediaExample'), { a: 'from the media type', b: 1 });
    assert.deepEqual(await example('mediaExamples'), { a: 'first of many', b: 5 });
  });

  test('has servers with the defaults of their variables, the nearest ones', async () => {
    const urls = async (operationId) =>
      (await of('servers.example', operationId)).servers.map(({ url }) => url);
    assert.deepEqual(await urls('whereAmI'), [
      'https://eu.servers.example:8443/v2',
      'http://plain.servers.example',
    ]);
    assert.deepEqual(await urls('ofThePath'), ['https://path.servers.example/p']);
    assert.deepEqual(await urls('ofTheOperation'), ['https://operation.servers.example/o']);
    assert.deepEqual(await urls('withoutScheme'), ['https://bare.servers.example/v1']);
    const { servers } = await of('without_servers', 'thingsWithoutServers');
    assert.equal(servers[0].isAbsolute, false);
    const swagger = await of('swagger2.example', 'sendText');
    assert.deepEqual(
      swagger.servers.map(({ url }) => url),
      ['https://api.swagger2.example/base'],
      'of the operation',
    );
  });

  test('has security as alternatives of what is wanted together', async () => {
    const schemes = async (operationId) =>
      (await of('security.example', operationId)).security.map((together) =>
        together.map(({ scheme }) => scheme),
      );
    assert.deepEqual(await schemes('byDefault'), [['bearer']]);
    assert.deepEqual(await schemes('byBoth'), [['header', 'secret']]);
    assert.deepEqual(await schemes('byEither'), [['basic'], ['query']]);
    assert.deepEqual(await schemes('byChoice'), [[], ['basic']]);
    assert.deepEqual(await schemes('byNothing'), []);
    const [[oauth]] = (await of('security.example', 'byOauth')).security;
    assert.deepEqual(oauth.scopes, ['r']);
    assert.equal(oauth.type, 'oauth2');
  });

  test('has its callbacks', async () => {
    const { callbacks } = await of('callbacks.example', 'subscribe');
    assert.deepEqual(
      callbacks.map(({ name, summary }) => [name, summary]),
      [
        ['shared', 'Shared one'],
        ['own', 'Own one'],
      ],
    );
  });

  describe('texts', () => {
    const unsafe =
      /<\s*(script|style|iframe|svg|img|object|embed|form|div|span|a|b|i|u|p|h\d|ul|li|em)\b|onerror|onload|onclick/i;

    test('of a description are Markdown without HTML, scripts and bad links', async () => {
      const { description } = await of('html.example', 'postHtml');
      const withoutCode = description.replace(/`[^`]*`/g, '');
      assert.doesNotMatch(withoutCode, unsafe);
      assert.doesNotMatch(description, /alert\((?!8)/);
      assert.doesNotMatch(description, /\]\(\s*(java|data|vbscript)/i);
      assert.doesNotMatch(description, /<\s*javascript:/i);
      assert.match(description, /^#+ Heading/m);
      assert.match(description, /\*\*bold\*\*/);
      assert.match(description, /^[-*] one$/m);
      assert.match(description, /\[good link\]\(https:\/\/good\.example\/x\?a=1&(amp;)?b=2\)/);
      assert.match(description, /\[markdown good\]\(https:\/\/good\.example\/y\)/);
      assert.match(description, /`<b>code stays<\/b>`/);
    });

    test('of everything else are as safe', async () => {
      const reference = await of('html.example', 'postHtml');
      const texts = [
        reference.servers[0].description,
        reference.parameters[0].description,
        reference.requestBody.description,
        reference.responses[0].description,
        reference.responses[0].headers[0].description,
        (await of('security.example', 'byDefault')).security[0][0].description,
        (await of('callbacks.example', 'subscribe')).callbacks[1].description,
      ];
      for (const text of texts) {
        assert.ok(text.length > 0);
        assert.doesNotMatch(text, unsafe);
        assert.doesNotMatch(text, /alert/);
      }
      const field = named((await body('html.example', 'postHtml')).fields, 'a');
      assert.equal(field.description, 'Field `a < b`');
      assert.equal(reference.links.documentation, 'https://docs.html.example/post');
    });

    test('of references to links with a bad target lead nowhere', async () => {
      const { description } = await of('html.example', 'postHtml');
      assert.doesNotMatch(description, /^\s*\[bad\]:/m);
    });

    test('lose the rest of a description to no tag that was left open', async () => {
      const folder = temporaryDirectory('catalog');
      const open = ['<svg onload=alert(1)>', '<p', '<b', '<a href="', '<i><b><u>', '</div>', '<'];
      const paths = Object.fromEntries(
        open.map((tag, i) => [
          `/t${i}`,
          { get: operation(`open${i}`, { description: `before ${tag} \n\nafter it` }) },
        ]),
      );
      writeFiles(folder, { 'open.json': openapi('open-tags.example', paths) });
      await catalog.importOne(path.join(folder, 'open.json'));
      const lost = [];
      for (const [i, tag] of open.entries()) {
        const { description } = await of('open_tags.example', `open${i}`);
        assert.match(description, /^before/, tag);
        assert.doesNotMatch(description, unsafe, tag);
        if (!/after it/.test(description)) lost.push(tag);
      }
      assert.deepEqual(lost, []);
    });

    test('of titles and summaries stand on one line without control characters', async () => {
      const rows = await catalog.workbench.all('/api/catalog/search', 200);
      for (const row of rows) {
        for (const text of [row.summary, row.apiTitle, row.version, row.operationId]) {
          assert.doesNotMatch(text, /[\u0000-\u001f\u007f]/, row.id);
        }
        assert.match(row.id, /^[\w.-]+$/, 'ids are fit for an address');
      }
      const reply = await catalog.workbench.call('GET', '/api/catalog/search?q=html');
      assert.match(reply.headers['content-type'], /^application\/json/);
    });
  });

  test('of every operation of every document can be read', async () => {
    const rows = await catalog.workbench.all('/api/catalog/search', 200);
    assert.ok(rows.length > 200);
    for (const row of rows) {
      const reference = await catalog.workbench.get(catalog.at(row.id));
      for (const name of ['id', 'api', 'apiTitle', 'version', 'method', 'path']) {
        assert.equal(reference[name], row[name], `${row.id} ${name}`);
      }
    }
  });
});
