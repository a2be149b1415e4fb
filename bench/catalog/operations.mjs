// The operations of a folder of API descriptions, as the peers get them: one JSON array a line,
// in the order of `fields`.
//
//   node operations.mjs PACKAGE FILE      prints how many there are

import { closeSync, openSync, readFileSync, readdirSync, writeSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const fields = ['method', 'path', 'operationId', 'summary', 'tags', 'title', 'api'];

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];
const text = (value) => (typeof value === 'string' ? value : '');
const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

function* operationsOf(document, api) {
  const title = text(document.info?.title);
  for (const [route, item] of Object.entries(document.paths ?? {})) {
    for (const method of methods) {
      const operation = isObject(item) ? item[method] : undefined;
      if (!isObject(operation)) continue;
      const tags = Array.isArray(operation.tags) ? operation.tags.map(text).join(' ') : '';
      const { operationId, summary } = operation;
      yield [method.toUpperCase(), route, text(operationId), text(summary), tags, title, api];
    }
  }
}

function write(source, file) {
  const folder = path.join(source, 'api');
  const names = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.json'));
  const output = openSync(file, 'w');
  let count = 0;
  for (const name of names.sort()) {
    const document = JSON.parse(readFileSync(path.join(folder, name), 'utf8'));
    const lines = [];
    for (const operation of operationsOf(document, name.slice(0, -'.json'.length))) {
      lines.push(`${JSON.stringify(operation)}\n`);
    }
    writeSync(output, lines.join(''));
    count += lines.length;
  }
  closeSync(output);
  return count;
}

export const readOperations = (file) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [source, file] = process.argv.slice(2);
  process.stdout.write(`${write(source, file)}\n`);
}
