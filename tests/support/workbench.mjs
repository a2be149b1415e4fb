// What the tests of the workbench share: a caller with a token whose every reply is held against
// api/workbench.yaml, a target that records what it is sent, definitions in a few words, and a
// reader of server-sent events.

import assert from 'node:assert/strict';
import http from 'node:http';
import { workbenchContract } from '../contract/validate.mjs';
import { request, until } from './server.mjs';

// RFC 9110 has a newer name for 413 than Node.
const statusNames = { ...http.STATUS_CODES, 413: 'Content Too Large' };

export const finalStatuses = ['Completed', 'Failed', 'TimedOut', 'Terminated'];

export class Workbench {
  // The operations that were called, over all callers of this process.
  static operationsCalled = new Set();

  constructor(server, token = server.pat) {
    this.server = server;
    this.base = server.workbench;
    this.token = token;
  }

  // The reply as it is, after it was held against the contract.
  async call(method, path, body, { headers = {}, ...options } = {}) {
    const authorization = this.token === null ? {} : { Authorization: `Bearer ${this.token}` };
    const reply = await request(method, this.base, path, body, {
      headers: { ...authorization, ...headers },
      ...options,
    });
    const { problems, operationId } = workbenchContract().check(method, path, reply);
    const said = `${method} ${path} answered ${reply.status}: ${reply.text.slice(0, 500)}`;
    assert.deepEqual(problems, [], said);
    if (operationId && reply.status < 300) Workbench.operationsCalled.add(operationId);
    return reply;
  }

  // The body of a reply that must be a success.
  async succeed(method, path, body, options) {
    const reply = await this.call(method, path, body, options);
    assert.ok(reply.status < 300, `${method} ${path} answered ${reply.status}: ${reply.text}`);
    return reply.body;
  }

  // The body of a reply that must be this error.
  async fail(status, method, path, body, options) {
    const reply = await this.call(method, path, body, options);
    assert.equal(reply.status, status, `${method} ${path} answered ${reply.status}: ${reply.text}`);
    assertError(reply, status);
    return reply.body;
  }

  get = (path, options) => this.succeed('GET', path, undefined, options);
  post = (path, body, options) => this.succeed('POST', path, body, options);
  put = (path, body, options) => this.succeed('PUT', path, body, options);
  delete = (path, options) => this.succeed('DELETE', path, undefined, options);

  // Another caller, with a token of `scopes`.
  async withScopes(scopes, more = {}) {
    const made = await this.post('/api/tokens', { name: scopes.join(), scopes, ...more });
    return Object.assign(new Workbench(this.server, made.token), { tokenId: made.token_id });
  }

  define(tasks, more = {}) {
    return this.post('/api/workflow-definitions', definition(tasks, more));
  }

  start(workflowDefinitionId, input = {}, options = {}) {
    return this.post('/api/workflows', { workflowDefinitionId, input }, options);
  }

  // Starts a run and gives it as it ended.
  run(workflowDefinitionId, input = {}) {
    return this.post('/api/workflows?wait=30', { workflowDefinitionId, input });
  }

  workflow(id) {
    return this.get(`/api/workflows/${id}`);
  }

  // The workflow once it is in one of `statuses`.
  async reaches(id, statuses = finalStatuses, timeoutMs = 10_000) {
    return until(
      `workflow ${id} is ${statuses}`,
      async () => {
        const workflow = await this.workflow(id);
        return [statuses].flat().includes(workflow.status) ? workflow : undefined;
      },
      { timeoutMs, everyMs: 15 },
    );
  }

  async history(id) {
    const { transitions } = await this.get(`/api/workflows/${id}/history`);
    return transitions;
  }

  async tasks(id) {
    const { content } = await this.get(`/api/workflows/${id}/tasks`);
    return content;
  }

  // The latest run of the task called `name`, in full.
  async task(id, name) {
    const row = (await this.tasks(id)).find((task) => task.taskName === name);
    assert.ok(row, `workflow ${id} has a task '${name}'`);
    return this.get(`/api/workflows/${id}/tasks/${row.id}`);
  }

  // Every row of a paged list, page by page; each page but the last must be full.
  async all(path, size) {
    const rows = [];
    const separator = path.includes('?') ? '&' : '?';
    let next = '';
    do {
      const from = next === '' ? '' : `&next=${encodeURIComponent(next)}`;
      const page = await this.get(`${path}${separator}size=${size}${from}`);
      assert.ok(page.content.length <= size, `at most ${size} rows in a page`);
      rows.push(...page.content);
      next = page.next;
      assert.ok(rows.length < 10_000, `${path} comes to an end`);
    } while (next !== null);
    return rows;
  }
}

export function assertError(reply, status) {
  const said = `${reply.status}: ${reply.text}`;
  assert.equal(reply.status, status, said);
  assert.equal(reply.body.status, status, said);
  assert.equal(reply.body.error, statusNames[status], said);
  assert.ok(typeof reply.body.message === 'string' && reply.body.message !== '', said);
}

// A definition whose tasks run in the order in which they stand, unless they say otherwise.
export function definition(tasks, more = {}) {
  return { name: 'Test', startTask: Object.keys(tasks)[0], tasks, ...more };
}

export const simple = (more = { end: true }) => ({ type: 'Simple', ...more });
export const httpTask = (httpRequest, more = { end: true }) => ({
  type: 'Http',
  httpRequest,
  ...more,
});
export const wait = (seconds, more = { end: true }) => ({ type: 'Wait', seconds, ...more });

// A web service on a port of its own. `answer(request, response)` is called with the whole request
// read; each request is recorded: {method, url, headers, body (a Buffer), text, json}.
export async function startTarget(answer = (request, response) => json(response, { ok: true })) {
  const requests = [];
  const sockets = new Set();
  const server = http.createServer((incoming, response) => {
    const chunks = [];
    incoming.on('data', (chunk) => chunks.push(chunk));
    incoming.on('error', () => {});
    incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      const { method, url, headers, rawHeaders } = incoming;
      const text = body.toString('utf8');
      const recorded = { method, url, headers, rawHeaders, body, text, at: Date.now() };
      Object.defineProperty(recorded, 'json', { get: () => JSON.parse(text) });
      requests.push(recorded);
      target.answer(recorded, response);
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  server.keepAliveTimeout = 60_000;
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  const target = {
    answer,
    requests,
    port,
    host: `127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}`,
    allow: ['--egress-allow', `127.0.0.1:${port}`],
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return target;
}

export function json(response, body, status = 200, headers = {}) {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

// A reader of server-sent events: `events` fills as they come.
export class EventReader {
  events = [];
  comments = [];
  ended = false;
  #text = '';

  static async open(workbench, path, { lastEventId } = {}) {
    const reader = new EventReader();
    const { operationId } = workbenchContract().operationOf('GET', path) ?? {};
    Workbench.operationsCalled.add(operationId);
    const { hostname, port } = new URL(workbench.base);
    const headers = {
      Authorization: `Bearer ${workbench.token}`,
      ...(lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId }),
    };
    await new Promise((resolve, reject) => {
      reader.outgoing = http.get({ hostname, port, path, headers, agent: false }, (incoming) => {
        Object.assign(reader, { incoming, status: incoming.statusCode, headers: incoming.headers });
        incoming.setEncoding('utf8');
        incoming.on('data', (text) => reader.#take(text));
        incoming.once('end', () => (reader.ended = true));
        incoming.once('error', () => (reader.broken = true));
        incoming.once('close', () => (reader.closed = true));
        resolve();
      });
      reader.outgoing.once('error', reject);
    });
    return reader;
  }

  #take(text) {
    this.#text += text;
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end < 0) return;
      const lines = this.#text.slice(0, end).split('\n');
      this.#text = this.#text.slice(end + 2);
      const event = {};
      for (const line of lines) {
        const colon = line.indexOf(':');
        const value = line.slice(colon + 1).replace(/^ /, '');
        if (colon === 0) this.comments.push(value);
        else event[line.slice(0, colon)] = value;
      }
      if (event.data !== undefined) this.events.push({ ...event, data: JSON.parse(event.data) });
    }
  }

  types() {
    return this.events.map(({ event }) => event);
  }

  // The first event for which `matches` holds, once it is there.
  see(what, matches, timeoutMs = 10_000) {
    return until(`the event: ${what}`, () => this.events.find(matches), { timeoutMs });
  }

  seeEnd(timeoutMs = 10_000) {
    return until('the end of the stream', () => this.ended, { timeoutMs });
  }

  close() {
    this.outgoing.destroy();
  }
}
