// Proves that a pasted curl command becomes an Http task of the catalogue's operation, that the
// code which is printed for tasks is valid in each language and sends what the task sends, and that
// `tartan request from-curl` does the same with a server and without.

import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { startServer, tartanBinary, temporaryDirectory, until } from '../support/server.mjs';
import { Workbench, httpTask, startTarget } from '../support/workbench.mjs';

const run = promisify(execFile);
const has = (program, ...args) => spawnSync(program, args).status === 0;

// What a target must get alike from every program; the rest is each client's own.
const relevant = ({ method, url, headers, body }, names) => ({
  method,
  url,
  headers: Object.fromEntries(names.map((name) => [name, headers[name]])),
  body: sameBody(headers['content-type'] ?? '', body),
});

function sameBody(type, body) {
  const text = body.toString('utf8');
  if (/json/.test(type) && text !== '') return JSON.parse(text);
  if (/urlencoded/.test(type)) return [...new URLSearchParams(text)];
  if (/multipart/.test(type)) {
    const boundary = /boundary="?([^";]+)/.exec(type)[1];
    const parts = text.split(`--${boundary}`).slice(1, -1);
    return parts.map((part) => [/name="([^"]*)"/.exec(part)[1], part.slice(part.indexOf('\r\n\r\n') + 4, -2)]);
  }
  return text;
}

const awkward = 'it\'s "$5" `x` ${y} \\n !\n{grüße} %41 😀 \u2028 </a> #{z}';
const literal = (text) => text.replaceAll('${', '$${');

describe('curl commands and code', () => {
  let target;
  let server;
  let workbench;
  let folder;
  let tasks;

  before(async () => {
    folder = temporaryDirectory('curl');
    target = await startTarget();
    server = await startServer({ args: target.allow });
    workbench = new Workbench(server);
    const document = {
      openapi: '3.0.0',
      info: { title: 'Pens', version: '1' },
      servers: [{ url: 'https://pens.example/v1' }],
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
      paths: {
        '/pens/{pen_id}': {
          get: { operationId: 'getPen', summary: 'Get a pen', responses: {}, parameters: [
            { name: 'pen_id', in: 'path', required: true, schema: { type: 'string' } },
            { name: 'fields', in: 'query', schema: { type: 'string' } },
            { name: 'lang', in: 'query', schema: { type: 'string' } },
          ] },
        },
        '/pens/all': { get: { operationId: 'allPens', summary: 'All pens', responses: {} } },
        '/pens': {
          post: { operationId: 'addPen', summary: 'Add a pen', security: [{ key: [] }], responses: {},
            requestBody: { required: true, content: { 'application/json': { schema: {
              type: 'object', required: ['colour'], properties: { colour: { type: 'string', example: 'blue' } } } } } } },
        },
      },
    };
    const file = path.join(folder, 'pens.json');
    writeFileSync(file, JSON.stringify(document));
    const { id } = await workbench.post('/api/catalog/imports', { source: file });
    await until('the import ends', async () => {
      const { state } = await workbench.get(`/api/catalog/imports/${id}`);
      return state !== 'running' && state !== 'waiting' ? state : undefined;
    });
    tasks = {
      plain: { task: httpTask({ method: 'GET', url: `${target.url}/plain?a=b%20c` }), headers: [] },
      variables: {
        task: httpTask(
          { method: 'PATCH', url: `${target.url}/u/\${id}?q=\${q}&n=\${n}`,
            headers: { 'Content-Type': 'application/json', 'X-A': 'v ${id}', 'X-B': '"quoted" \\ ' + "'it'" },
            body: { id: '${id}', n: '${n}', list: [1, 2.5, true, null, 'x ${q} y'], deep: { __proto__x: {}, e: [] },
              [awkward]: literal(awkward) } },
          { inputParameters: { id: 'a/b', q: 'c d', n: 7 }, end: true },
        ),
        headers: ['content-type', 'x-a', 'x-b'],
      },
      form: {
        task: httpTask({ method: 'POST', url: `${target.url}/form`,
          headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
          body: { a: literal(awkward), n: 5, list: ['x', 'y'], one: ['z'] } }),
        headers: ['content-type'],
      },
      multipart: {
        task: httpTask({ method: 'POST', url: `${target.url}/parts`,
          headers: { 'Content-Type': 'multipart/form-data' }, body: { a: 'it\'s "$5" @x; é', n: 5 } }),
        headers: [],
      },
      text: {
        task: httpTask({ method: 'PUT', url: `${target.url}/text`,
          headers: { 'Content-Type': 'text/xml; charset=utf-8' }, body: `<a>${literal(awkward)}</a>` }),
        headers: ['content-type'],
      },
      bearer: {
        task: httpTask({ method: 'GET', url: `${target.url}/me` }),
        credentials: [{ scheme: 'myAuth', type: 'Bearer', credential: { token: '' } }],
        env: { MYAUTH_TOKEN: 'b-1' },
        headers: ['authorization'],
        expect: { authorization: 'Bearer b-1' },
      },
      basic: {
        task: httpTask({ method: 'DELETE', url: `${target.url}/me` }),
        credentials: [{ scheme: 'basicAuth', type: 'Basic', credential: {} }],
        env: { BASICAUTH_USERNAME: 'me', BASICAUTH_PASSWORD: 'p:w' },
        headers: ['authorization'],
        expect: { authorization: `Basic ${Buffer.from('me:p:w').toString('base64')}` },
      },
      keys: {
        task: httpTask({ method: 'GET', url: `${target.url}/keys?a=1` }),
        credentials: [{ scheme: 'keys', type: 'ApiKey', credential: { values: [
          { in: 'header', name: 'X-Key', value: '' }, { in: 'query', name: 'api.key', value: '' }] } }],
        env: { X_KEY: 'k-1', API_KEY: 'k 2' },
        headers: ['x-key'],
        expect: { 'x-key': 'k-1' },
      },
    };
  });

  after(async () => {
    assert.equal(await server.stop(), 0);
    await target.stop();
  });

  const codeOf = ({ task, credentials = [] }) =>
    workbench.post('/api/http-task/code', { task, credentials });

  function write(name, text) {
    const file = path.join(folder, name);
    writeFileSync(file, text);
    return file;
  }

  async function received(program, args, env = {}) {
    target.requests.length = 0;
    await run(program, args, { env: { ...process.env, ...env }, timeout: 30_000 });
    assert.equal(target.requests.length, 1);
    return target.requests[0];
  }

  const languages = {
    curl: { file: 'x.sh', check: ['bash', '-n'], run: ['bash'], available: () => has('curl', '--version') },
    javascript: { file: 'x.mjs', check: [process.execPath, '--check'], run: [process.execPath], available: () => true },
    python: { file: 'x.py', check: ['python3', '-m', 'py_compile'], run: ['python3'],
      available: () => has('python3', '-c', 'import requests') },
    go: { file: 'x.go', check: ['gofmt', '-e'], run: ['go', 'run'], available: () => has('go', 'version') },
  };

  for (const [language, { file, check, run: [program, ...args], available }] of Object.entries(languages)) {
    test(`${language}: is valid and sends what the task sends`, async (t) => {
      if (!has(check[0], '--version') && !has(check[0], '-h')) return t.skip(`${check[0]} is not installed`);
      for (const [name, one] of Object.entries(tasks)) {
        const code = await codeOf(one);
        const written = write(file, code[language]);
        await run(check[0], [...check.slice(1), written]);
        if (!available()) continue;
        const got = relevant(await received(program, [...args, written], one.env), one.headers);
        if (one.expect) {
          assert.deepEqual(got.headers, one.expect, name);
          if (name === 'keys') assert.match(got.url, /^\/keys\?a=1&api\.key=k(%20|\+| )2$/);
          continue;
        }
        target.requests.length = 0;
        const { error } = await workbench.post('/api/http-task/test', {
          task: one.task, input: one.task.inputParameters ?? {} });
        assert.equal(error, null);
        const expected = relevant(target.requests[0], one.headers);
        assert.deepEqual({ ...got, url: got.url.replaceAll('+', '%20') }, expected, `${name}\n${code[language]}`);
      }
    });
  }

  test('a command becomes the task of the operation at its address', async () => {
    const made = await workbench.post('/api/http-task/from-curl', {
      command: `curl -H "Authorization: Bearer t-1" "https://pens.example/v1/pens/$PEN?fields=a"`,
    });
    assert.match(made.operation, /getpen/i);
    assert.equal(made.name, 'Get a pen');
    assert.deepEqual(made.task.httpRequest, { method: 'GET', url: 'https://pens.example/v1/pens/${PEN}?fields=a' });
    assert.deepEqual(made.task.inputParameters, { PEN: '${workflow.input.PEN}' });
    assert.equal(made.credentials[0].credential.token, 't-1');
    assert.deepEqual(made.parameters.map(({ name }) => name), ['lang']);
    const prepared = await workbench.post(`/api/catalog/operations/${made.operation}/prepare`, {});
    assert.deepEqual(made.task.metadata, prepared.task.metadata);
    assert.deepEqual(await workbench.post('/api/workflow-definitions/validate', {
      name: 'T', startTask: 'A', tasks: { A: made.task } }), { valid: true, problems: [] });
    const all = await workbench.post('/api/http-task/from-curl', { command: 'curl https://pens.example/v1/pens/all' });
    assert.match(all.operation, /allpens/i);
    for (const command of ['curl https://pens.example/v2/pens', 'curl https://other.example/v1/pens/all', 'curl "$BASE/x"']) {
      const { operation } = await workbench.post('/api/http-task/from-curl', { command });
      assert.equal(operation, null, command);
    }
  });

  test('a saved credential that fits is chosen', async () => {
    const credentialId = await workbench.post('/api/credentials', {
      name: 'pens', type: 'Bearer', token: 't-2', hosts: ['pens.example'] });
    const made = await workbench.post('/api/http-task/from-curl', {
      command: 'curl https://pens.example/v1/pens -H "Authorization: Bearer $T" --json {}' });
    assert.deepEqual(made.credentials[0].matching, [{ id: credentialId, name: 'pens' }]);
    assert.equal(made.task.credentials, credentialId);
    const { curl } = await workbench.post('/api/http-task/code', { task: made.task });
    assert.match(curl, /Authorization: Bearer '"\$\{PENS_TOKEN\}"/);
  });

  test('a prepared task and its code are the same request', async () => {
    const { content } = await workbench.get('/api/catalog/search?q=add+a+pen');
    const operation = await workbench.get(`/api/catalog/operations/${content[0].id}`);
    assert.deepEqual(Object.keys(operation.code).sort(), ['curl', 'go', 'javascript', 'python']);
    assert.match(operation.code.python, /os\.environ\["KEY_TOKEN"\]/);
    const prepared = await workbench.post(`/api/catalog/operations/${content[0].id}/prepare`, {});
    const again = await workbench.post('/api/http-task/from-curl', { command: operation.code.curl });
    assert.deepEqual(again.task.httpRequest, prepared.task.httpRequest);
    assert.equal(again.operation, content[0].id);
  });

  test('what is no curl command is refused with its place', async () => {
    const { message } = await workbench.fail(400, 'POST', '/api/http-task/from-curl', { command: "curl 'https://a" });
    assert.match(message, /single quote is not closed.*line 1, column 6/);
    await workbench.fail(400, 'POST', '/api/http-task/code', { task: { type: 'Simple' } });
    await workbench.fail(400, 'POST', '/api/http-task/code', { task: httpTask({ url: 'https://a.example/${' }) });
  });

  test('both take the scope read', async () => {
    const reader = await workbench.withScopes(['read']);
    await reader.post('/api/http-task/from-curl', { command: 'curl https://a.example' });
    await reader.post('/api/http-task/code', { task: tasks.plain.task });
  });

  test('tartan request from-curl works with a server and without', async () => {
    const command = "curl -X DELETE 'https://pens.example/v1/pens/7' -k";
    for (const data of [server.dataDir, temporaryDirectory('empty')]) {
      const args = ['request', 'from-curl', '--data', data];
      const { stdout, stderr } = await run(tartanBinary, [...args, '--name', 'Gone', command]);
      assert.deepEqual(JSON.parse(stdout).Gone.httpRequest, { method: 'DELETE', url: 'https://pens.example/v1/pens/7' });
      assert.match(stderr, /--insecure/);
      const piped = spawnSync(tartanBinary, [...args, '-'], { input: command, encoding: 'utf8' });
      assert.equal(JSON.parse(piped.stdout).type, 'Http');
      const refused = spawnSync(tartanBinary, [...args, 'wget x'], { encoding: 'utf8' });
      assert.equal(refused.status, 1);
      assert.match(refused.stderr, /'wget'/);
    }
  });
});
