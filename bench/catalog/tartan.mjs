// Tartan with a catalogue, on its core, asked over one kept connection.

import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startTartan } from '../side-by-side/servers.mjs';

// One request at a time. Reads the reply off the socket itself: an HTTP client for all cases takes
// longer than some of the answers.
class Connection {
  constructor(base, token) {
    const { hostname, port, host } = new URL(base);
    this.fixedHeaders = `Host: ${host}\r\nAuthorization: Bearer ${token}\r\n`;
    this.socket = connect({ host: hostname, port: Number(port), noDelay: true });
    this.socket.on('data', (chunk) => this.take(chunk));
    this.socket.on('error', (error) => this.fail(error));
    this.socket.on('close', () => this.fail(new Error('the server closed the connection')));
  }

  fail(error) {
    this.waiting?.reject(error);
    this.waiting = undefined;
  }

  take(chunk) {
    this.chunks.push(chunk);
    this.size += chunk.length;
    if (this.wanted === undefined) this.readHead();
    if (this.wanted === undefined || this.size < this.wanted) return;
    const ms = performance.now() - this.sentAt;
    const body = Buffer.concat(this.chunks).subarray(this.bodyAt);
    this.waiting?.resolve({ ms, status: this.status, body });
    this.waiting = undefined;
  }

  readHead() {
    const text = Buffer.concat(this.chunks).toString('latin1');
    const end = text.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = /^content-length: *(\d+)/im.exec(text.slice(0, end))?.[1];
    if (length === undefined) {
      this.fail(new Error(`a reply without a length: ${text.slice(0, end)}`));
      return;
    }
    Object.assign(this, { status: Number(text.slice(9, 12)), bodyAt: end + 4 });
    this.wanted = this.bodyAt + Number(length);
  }

  // {ms, status, body}: the time from the first byte sent to the last one received.
  request(method, target, body) {
    const payload = body === undefined ? '' : JSON.stringify(body);
    const type = body === undefined ? '' : 'Content-Type: application/json\r\n';
    const length = body === undefined ? '' : `Content-Length: ${Buffer.byteLength(payload)}\r\n`;
    const headers = `${this.fixedHeaders}${type}${length}`;
    const text = `${method} ${target} HTTP/1.1\r\n${headers}\r\n${payload}`;
    Object.assign(this, { chunks: [], size: 0, wanted: undefined });
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.sentAt = performance.now();
      this.socket.write(text);
    });
  }

  close() {
    this.socket.removeAllListeners('close');
    this.socket.destroy();
  }
}

const searchTarget = (parameters) => `/api/catalog/search?${new URLSearchParams(parameters)}`;
const operationTarget = (id, suffix = '') =>
  `/api/catalog/operations/${encodeURIComponent(id)}${suffix}`;

const filesBelow = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));

// What the system keeps of the files in memory goes, as after a restart of the machine.
function forgetFiles(files) {
  for (const file of files) {
    execFileSync('dd', [`if=${file}`, 'iflag=nocache', 'count=0', 'status=none']);
  }
}

export class Tartan {
  constructor(binary, directory) {
    Object.assign(this, { binary, directory, data: path.join(directory, 'data') });
  }

  async start() {
    this.server = await startTartan(this.binary, this.directory);
    this.readyAt = performance.now();
    const { workbench, personal_access_token: token } = this.server.ready;
    this.token ??= token; // told once, on the first start
    this.connection = new Connection(workbench.replace(/\/$/, ''), this.token);
  }

  async stop() {
    this.connection.close();
    await this.server.stop();
  }

  forgetFiles() {
    forgetFiles(filesBelow(this.data));
  }

  async ask(method, target, body) {
    const reply = await this.connection.request(method, target, body);
    if (reply.status >= 300) {
      throw new Error(`${method} ${target} answered ${reply.status}: ${reply.body}`);
    }
    return reply;
  }

  async json(method, target, body) {
    return JSON.parse((await this.ask(method, target, body)).body);
  }

  // {view, seconds, peakBytes}: the import once search knows what it brought.
  async import(source) {
    const startedAt = performance.now();
    const { id } = await this.json('POST', '/api/catalog/imports', { source });
    for (;;) {
      const view = await this.json('GET', `/api/catalog/imports/${id}`);
      if (['failed', 'cancelled'].includes(view.state)) {
        throw new Error(`the import has ${view.state}: ${view.error}`);
      }
      if (view.state === 'completed' && view.searchable) {
        const seconds = (performance.now() - startedAt) / 1000;
        return { view, seconds, peakBytes: this.statusBytes('VmHWM') };
      }
      await delay(50);
    }
  }

  search(parameters) {
    return this.ask('GET', searchTarget(parameters));
  }

  // From ready to the first answer of a search that knows `total` operations for this query.
  async firstAnswerMs(query, total) {
    for (;;) {
      const { status, body } = await this.connection.request('GET', searchTarget({ q: query }));
      if (status === 200 && JSON.parse(body).total === total) {
        return performance.now() - this.readyAt;
      }
      if (performance.now() - this.readyAt > 60_000) throw new Error('search knows nothing');
      await delay(1);
    }
  }

  async total(query) {
    return JSON.parse((await this.search({ q: query })).body).total;
  }

  // "METHOD api path" of the first answers.
  async find(query, size) {
    const { content } = JSON.parse((await this.search({ q: query, size })).body);
    return content.map(({ method, api, path: route }) => `${method} ${api} ${route}`);
  }

  // [{id, api}] of all operations.
  async operations() {
    const operations = [];
    let next;
    do {
      const parameters = { size: 200, ...(next === undefined ? {} : { next }) };
      const page = JSON.parse((await this.search(parameters)).body);
      operations.push(...page.content.map(({ id, api }) => ({ id, api })));
      next = page.next ?? undefined;
    } while (next !== undefined);
    return operations;
  }

  open(id) {
    return this.ask('GET', operationTarget(id));
  }

  prepare(id) {
    return this.ask('POST', operationTarget(id, '/prepare'), {});
  }

  statusBytes(key) {
    const status = readFileSync(`/proc/${this.server.pid}/status`, 'utf8');
    return Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(status)[1]) * 1024;
  }

  // Resident bytes by what they are of: {anonymous, index, databases, program}.
  memory() {
    const bytes = { anonymous: 0, index: 0, databases: 0, program: 0 };
    let file = '';
    for (const line of readFileSync(`/proc/${this.server.pid}/smaps`, 'utf8').split('\n')) {
      const mapping = /^[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \d+ *(.*)$/.exec(line);
      if (mapping) file = mapping[1];
      const [, key, kilobytes] = /^(Rss|Anonymous): +(\d+) kB$/.exec(line) ?? [];
      if (key === 'Anonymous') {
        bytes.anonymous += kilobytes * 1024;
        bytes[this.ownerOf(file)] -= kilobytes * 1024;
      } else if (key === 'Rss') {
        bytes[this.ownerOf(file)] += kilobytes * 1024;
      }
    }
    return bytes;
  }

  ownerOf(file) {
    if (!file.startsWith('/')) return 'anonymous';
    if (/\.index( |$)/.test(file)) return 'index';
    return file.startsWith(this.data) ? 'databases' : 'program';
  }

  // {database, index} in bytes. Read them when the server has stopped.
  diskBytes() {
    const sum = (pattern) =>
      filesBelow(this.data)
        .filter((file) => pattern.test(path.relative(this.data, file)))
        .reduce((bytes, file) => bytes + statSync(file).size, 0);
    return { database: sum(/^catalog\.db/), index: sum(/^catalog-index\//) };
  }
}
