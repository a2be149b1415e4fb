// Runs the cases of tests/cases/items against one server, every reply held against both contracts,
// and sees to it that no operation is without its cases. README.md beside this tells the format.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import YAML from 'yaml';
import { loadContracts } from '../contract/validate.mjs';
import { RawConnection } from '../support/raw_connection.mjs';
import { request, startServer } from '../support/server.mjs';

const casesDirectory = fileURLToPath(new URL('items', import.meta.url));
const contracts = loadContracts();

const caseKeys = ['name', 'proves', 'client', 'calls'];
const callKeys = [
  ...['call', 'method', 'environment', 'client', 'headers', 'auth', 'content_type'],
  ...['body', 'raw_body', 'raw_base64', 'expect', 'save'],
];
const makeKeys = ['make', 'user', 'client', 'save', 'products', 'institution_id'];
const expectKeys = ['status', 'error', 'message_contains', 'body'];

function requireKnownKeys(object, known, where) {
  const unknown = Object.keys(object).filter((key) => !known.includes(key));
  assert.deepEqual(unknown, [], `${where}: unknown keys`);
}

function readYaml(where) {
  try {
    return YAML.parse(readFileSync(path.join(casesDirectory, where), 'utf8'));
  } catch (error) {
    throw new Error(`${where}: ${error.message}`, { cause: error });
  }
}

// A file holds one case or a list of them.
function readCases() {
  return readdirSync(casesDirectory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name: folder }) =>
      readdirSync(path.join(casesDirectory, folder))
        .filter((file) => file.endsWith('.yaml'))
        .flatMap((file) => {
          const where = `${folder}/${file}`;
          return [readYaml(where)].flat().map((one) => ({ ...one, folder, where }));
        }),
    );
}

const isMap = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

function valueAt(object, dottedPath, where) {
  const value = dottedPath.split('.').reduce((at, name) => at?.[name], object);
  assert.notEqual(value, undefined, `${where}: there is no ${dottedPath}`);
  return value;
}

// `${name}` and `{$repeat: N, text: T}` or `{$repeat: N, of: V}` become what they stand for.
function fill(template, variables, where) {
  if (typeof template === 'string') {
    const whole = /^\$\{([^}]+)\}$/.exec(template);
    if (whole) return valueAt(variables, whole[1], where);
    return template.replaceAll(/\$\{([^}]+)\}/g, (_, name) => valueAt(variables, name, where));
  }
  if (Array.isArray(template)) return template.map((one) => fill(one, variables, where));
  if (!isMap(template)) return template;
  if ('$repeat' in template) {
    const count = template.$repeat;
    return 'text' in template
      ? template.text.repeat(count)
      : Array.from({ length: count }, (_, number) =>
          fill(template.of, { ...variables, number }, where),
        );
  }
  return Object.fromEntries(
    Object.entries(template).map(([key, value]) => [
      fill(key, variables, where),
      fill(value, variables, where),
    ]),
  );
}

// Objects match by the members named, arrays by their elements and length; the rest exactly.
function mismatches(expected, actual, at) {
  if (expected === '!absent') return actual === undefined ? [] : [`${at} is there`];
  if (actual === undefined) return [`${at} is absent`];
  if (expected === '!any') return actual === null ? [`${at} is null`] : [];
  if (typeof expected === 'string' && expected.startsWith('!regex ')) {
    const pattern = new RegExp(expected.slice('!regex '.length), 'u');
    return typeof actual === 'string' && pattern.test(actual)
      ? []
      : [`${at} is ${JSON.stringify(actual)}, expected ${pattern}`];
  }
  if (typeof expected === 'string' && expected.startsWith('!length ')) {
    const length = Number(expected.slice('!length '.length));
    return actual?.length === length ? [] : [`${at} has length ${actual?.length}, not ${length}`];
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return [`${at} is no array`];
    if (actual.length !== expected.length) {
      return [`${at} has ${actual.length} elements, not ${expected.length}`];
    }
    return expected.flatMap((one, i) => mismatches(one, actual[i], `${at}[${i}]`));
  }
  if (isMap(expected)) {
    if (!isMap(actual)) return [`${at} is no object`];
    return Object.entries(expected).flatMap(([key, value]) =>
      mismatches(value, actual[key], `${at}.${key}`),
    );
  }
  return expected === actual
    ? []
    : [`${at} is ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`];
}

let server;
const clients = {};
let clientsMade = 0;
let casesRun = 0;

async function makeClient(generation) {
  clientsMade += 1;
  const flags = generation === 'legacy' ? ['--legacy'] : [];
  const made = await server.cli('client', 'create', ...flags, '--name', `cases ${clientsMade}`);
  return { clientId: made.client_id, secrets: made.secrets };
}

// `default` and `legacy` are one each for all cases; `fresh` is one for each case.
async function clientNamed(name, ofCase) {
  const shelf = name === 'fresh' ? ofCase : clients;
  shelf[name] ??= await makeClient(name);
  return shelf[name];
}

// No HTTP client leaves Content-Type out of a request with a body, so this one is written by hand.
async function sendWithoutContentType(base, { method, requestPath, headers, payload }) {
  const connection = await RawConnection.open(base);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `${method} ${requestPath} HTTP/1.1\r\nHost: localhost\r\n${lines.join('')}`;
  connection.send(
    Buffer.concat([Buffer.from(`${head}Content-Length: ${payload.length}\r\n\r\n`), payload]),
  );
  try {
    return await connection.reply();
  } finally {
    connection.destroy();
  }
}

// What goes over the wire: {payload (absent for a request without body), sent (its JSON)}.
function bodyOf(call, client, environment) {
  if (call.raw_base64 !== undefined) {
    return { payload: Buffer.from(call.raw_base64, 'base64') };
  }
  if (call.raw_body !== undefined) {
    const payload = Buffer.from([call.raw_body].flat().join(''));
    let sent;
    try {
      sent = JSON.parse(payload.toString('utf8'));
    } catch {
      sent = undefined; // on purpose, then
    }
    return { payload, sent };
  }
  if (call.method === 'GET') return {};
  const keys =
    call.auth === 'body' ? { client_id: client.clientId, secret: client.secrets[environment] } : {};
  const sent = { ...keys, ...call.body };
  return { payload: Buffer.from(JSON.stringify(sent)), sent };
}

async function send(call, client, environment) {
  const base = server[environment];
  const { payload, sent } = bodyOf(call, client, environment);
  const headers = {
    ...((call.auth ?? 'headers') === 'headers'
      ? { 'PLAID-CLIENT-ID': client.clientId, 'PLAID-SECRET': client.secrets[environment] }
      : {}),
    ...call.headers,
  };
  const method = call.method ?? 'POST';
  const reply =
    call.content_type === null
      ? await sendWithoutContentType(base, { method, requestPath: call.call, headers, payload })
      : await request(method, base, call.call, payload, {
          headers: {
            ...headers,
            ...(call.content_type === undefined ? {} : { 'Content-Type': call.content_type }),
          },
        });
  return { reply, sent };
}

function problemsOf(call, sent, reply) {
  const expected = call.expect ?? {};
  const { status, body } = reply;
  const wantedStatus = expected.status ?? (expected.error === undefined ? 200 : 400);
  const problems = [];
  if (status !== wantedStatus) problems.push(`status ${status}, expected ${wantedStatus}`);
  if (expected.error !== undefined) {
    const error = `${body?.error_type}/${body?.error_code}`;
    if (error !== expected.error) problems.push(`error ${error}, expected ${expected.error}`);
  }
  for (const words of [expected.message_contains ?? []].flat()) {
    if (!body?.error_message?.includes(words)) {
      problems.push(`the message doesn't contain '${words}'`);
    }
  }
  if (expected.body !== undefined) problems.push(...mismatches(expected.body, body, 'body'));
  if (reply.headers['content-type'] !== 'application/json; charset=utf-8') {
    problems.push(`content type ${reply.headers['content-type']}`);
  }
  if (reply.headers['plaid-version'] !== '2020-09-14') problems.push('no Plaid-Version');
  if (!/^[0-9A-Za-z]{6,}$/.test(body?.request_id ?? '')) problems.push('no request_id');
  problems.push(...contracts.checkOurs(call.call, status, sent, body));
  problems.push(...contracts.checkOfficial(call.call, status, sent, body));
  return problems;
}

async function runCall(template, state, where) {
  const client = await clientNamed(template.client ?? state.client, state.ofCase);
  const environment = template.environment ?? 'sandbox';
  state.variables.client_id = client.clientId;
  state.variables.secret = client.secrets[environment];
  state.variables.other_secret =
    client.secrets[environment === 'sandbox' ? 'production' : 'sandbox'];
  const { save = {}, ...rest } = template;
  const call = fill(rest, state.variables, where);
  const { reply, sent } = await send(call, client, environment);
  const problems = problemsOf(call, sent, reply);
  assert.deepEqual(problems, [], `${where}: ${call.call} answered ${reply.status} ${reply.text}`);
  for (const [name, dottedPath] of Object.entries(save)) {
    state.variables[name] = valueAt(reply.body, dottedPath, where);
  }
  return reply.body;
}

// {user_id} of a User of the current API, {user_token, user_id} of a legacy one.
async function makeUser({ client }, state, where) {
  state.made += 1;
  const legacy = (client ?? state.client) === 'legacy';
  const call = {
    ...{ call: '/user/create', client },
    body: { client_user_id: `\${unique}-made-${state.made}` },
    expect: { status: legacy ? 200 : 201 },
  };
  return runCall(call, state, where);
}

async function makeItem({ client, user, products, institution_id }, state, where) {
  const of = user === undefined ? {} : fill(user, state.variables, where);
  const { user_id, user_token } = of;
  const named = user_token === undefined ? { user_id } : { user_token };
  const { public_token } = await runCall(
    {
      ...{ call: '/sandbox/public_token/create', client },
      body: {
        institution_id: institution_id ?? 'ins_109508',
        initial_products: products ?? ['transactions'],
        ...(user === undefined ? {} : named),
      },
    },
    state,
    where,
  );
  const exchange = { call: '/item/public_token/exchange', client, body: { public_token } };
  return runCall(exchange, state, where);
}

// Only the keys of a client: what another client's call can't know.
async function makeClientKeys({ client }, state) {
  const { clientId, secrets } = await clientNamed(client ?? state.client, state.ofCase);
  return { client_id: clientId, secret: secrets.sandbox };
}

const makers = { user: makeUser, item: makeItem, client: makeClientKeys };

async function runStep(step, state, where) {
  if (step.make === undefined) return runCall(step, state, where);
  const made = await makers[step.make](step, state, where);
  if (step.save !== undefined) state.variables[step.save] = made;
  return made;
}

async function runCase(one) {
  casesRun += 1;
  const state = {
    client: one.client ?? 'default',
    ofCase: {},
    made: 0,
    variables: { unique: `case-${casesRun}-${process.pid}` },
  };
  for (const [i, step] of one.calls.entries()) {
    await runStep(step, state, `${one.where}, step ${i + 1}`);
  }
}

const cases = readCases();
const folderOf = (requestPath) => requestPath.slice(1).replaceAll('/', '_');

describe('the cases', () => {
  before(async () => {
    if (!contracts.officialPresent) {
      console.log("Plaid's own document is not at hand: held against our contract only");
    }
    server = await startServer();
    clients.default = { clientId: server.clientId, secrets: server.secrets };
  });

  after(() => server?.stop());

  for (const one of cases) test(`${one.folder}: ${one.name}`, () => runCase(one));
});

describe('the set of cases', () => {
  test('is made of cases that say what they are', () => {
    const names = new Set();
    for (const one of cases) {
      const { folder, where, ...content } = one;
      requireKnownKeys(content, caseKeys, where);
      assert.ok(one.name && one.proves && one.calls?.length, `${where}: name, proves, calls`);
      assert.ok(!names.has(`${folder}: ${one.name}`), `${where}: '${one.name}' is there twice`);
      names.add(`${folder}: ${one.name}`);
      for (const step of one.calls) {
        requireKnownKeys(step, step.make === undefined ? callKeys : makeKeys, where);
        requireKnownKeys(step.expect ?? {}, expectKeys, where);
      }
    }
  });

  test('has a folder for each operation, and an operation for each folder', () => {
    const folders = [...new Set(cases.map((one) => one.folder))].filter((f) => !f.startsWith('_'));
    const wanted = contracts.operations.map((one) => folderOf(one.path));
    assert.deepEqual(folders.sort(), wanted.sort());
  });

  for (const { path: requestPath, operation } of contracts.operations) {
    test(`covers ${requestPath}`, () => {
      const expectations = cases
        .filter((one) => one.folder === folderOf(requestPath))
        .flatMap((one) => one.calls)
        .filter((step) => step.call === requestPath)
        .map((step) => step.expect ?? {});
      const successes = expectations.filter(({ status }) => status === 200 || status === 201);
      assert.notEqual(successes.length, 0, 'no case expects a success');
      const errors = new Set(expectations.map(({ error }) => error));
      const missing = (operation['x-tartan-errors'] ?? []).filter((error) => !errors.has(error));
      assert.deepEqual(missing, [], 'errors that no case expects');
    });
  }
});
