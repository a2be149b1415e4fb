// What the tests of the catalogue share: imports that are waited for, the operations of a document,
// documents made on the fly.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { repositoryRoot, until } from './server.mjs';

export const documentsFolder = path.join(repositoryRoot, 'tests', 'cases', 'catalog', 'documents');

const ended = new Set(['completed', 'failed', 'cancelled']);

export class CatalogClient {
  constructor(workbench) {
    this.workbench = workbench;
  }

  begin(source) {
    return this.workbench.post('/api/catalog/imports', { source });
  }

  // The import once it has ended and search knows what it brought.
  async end(id, timeoutMs = 60_000) {
    return until(
      `the import ${id} has ended`,
      async () => {
        const view = await this.workbench.get(`/api/catalog/imports/${id}`);
        return ended.has(view.state) && view.searchable ? view : undefined;
      },
      { timeoutMs, everyMs: 20 },
    );
  }

  async import(source, timeoutMs) {
    const { id } = await this.begin(source);
    return this.end(id, timeoutMs);
  }

  // An import that must bring its one document.
  async importOne(source) {
    const view = await this.import(source);
    assert.equal(view.state, 'completed', `${source}: ${view.error}`);
    return view;
  }

  report(id) {
    return this.workbench.all(`/api/catalog/imports/${id}/report`, 200);
  }

  documents(filter = '') {
    return this.workbench.all(`/api/catalog/apis${filter}`, 50);
  }

  async document(api) {
    const found = (await this.documents()).filter((one) => one.api === api);
    assert.equal(found.length, 1, `one document of ${api}: ${JSON.stringify(found)}`);
    return found[0];
  }

  search(parameters) {
    return this.workbench.get(`/api/catalog/search?${new URLSearchParams(parameters)}`);
  }

  operationsOf(api) {
    return this.workbench.all(`/api/catalog/search?${new URLSearchParams({ api })}`, 200);
  }

  // The id of the operation that a document calls `operationId`.
  async idOf(api, operationId) {
    const rows = await this.operationsOf(api);
    const row = rows.find((one) => one.operationId === operationId);
    assert.ok(row, `${api} has ${operationId}: ${rows.map((one) => one.operationId)}`);
    return row.id;
  }

  at(id, suffix = '') {
    return `/api/catalog/operations/${encodeURIComponent(id)}${suffix}`;
  }

  async reference(api, operationId) {
    return this.workbench.get(this.at(await this.idOf(api, operationId)));
  }

  async prepare(api, operationId, options = {}) {
    return this.workbench.post(this.at(await this.idOf(api, operationId), '/prepare'), options);
  }

  open(id, pointer) {
    return this.workbench.get(`${this.at(id, '/schema')}?${new URLSearchParams({ pointer })}`);
  }
}

// A document of OpenAPI 3 in a few words: `operations` are path -> method -> operation.
export function openapi(host, paths, more = {}) {
  return {
    openapi: '3.0.3',
    info: { title: host, version: '1', ...more.info },
    servers: [{ url: `https://api.${host}` }],
    paths,
    ...(more.components ? { components: more.components } : {}),
  };
}

export const operation = (operationId, more = {}) => ({
  operationId,
  responses: { 200: { description: 'ok' } },
  ...more,
});

export const jsonBody = (schema) => ({ content: { 'application/json': { schema } } });

// Writes files, given as {'a/b.json': text, bytes or what becomes JSON}, below `folder`.
export function writeFiles(folder, files) {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    const isText = typeof content === 'string' || Buffer.isBuffer(content);
    writeFileSync(file, isText ? content : JSON.stringify(content));
  }
  return folder;
}

// Begins anew with what peakMemoryMb measures.
export function forgetPeakMemory(pid) {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

// The most memory that a process has held, in MB.
export function peakMemoryMb(pid) {
  const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line[1]) / 1024;
}
