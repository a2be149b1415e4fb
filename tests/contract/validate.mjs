// Holds replies, and the requests that succeeded, against the contracts: api/users-items.yaml, and
// Plaid's own OpenAPI document where it is at hand (TARTAN_OFFICIAL_OPENAPI, or shared/spec beside
// the repository); and the workbench's replies against api/workbench.yaml. Every check answers a
// list of problems, empty when there is none.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import YAML from 'yaml';

const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url));
const ourDocument = path.join(repositoryRoot, 'api', 'users-items.yaml');
const workbenchDocument = path.join(repositoryRoot, 'api', 'workbench.yaml');
const officialDocument =
  process.env.TARTAN_OFFICIAL_OPENAPI ??
  path.join(repositoryRoot, '..', 'shared', 'spec', 'plaid-openapi.yml');

const problemsMax = 8;
// Members of Plaid's `Products` enum that are newer than the document.
const newerProducts = ['cra_qualify', 'cra_home_lending'];

function newAjv() {
  const ajv = new Ajv2020({ strict: false, allErrors: true, logger: false });
  addFormats(ajv);
  return ajv;
}

function readYaml(file) {
  return YAML.parse(readFileSync(file, 'utf8'), { maxAliasCount: -1 });
}

// What "#/a/b" points to.
function lookUp(document, reference) {
  const names = reference
    .replace(/^#\//, '')
    .split('/')
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  let at = document;
  for (const name of names) at = at?.[name];
  if (at === undefined) throw new Error(`${reference} points to nothing`);
  return at;
}

function resolve(document, node) {
  return node?.$ref === undefined ? node : resolve(document, lookUp(document, node.$ref));
}

// The schema of the JSON that `response` carries, as it stands in the document.
function jsonSchemaOf(document, carrier) {
  return resolve(document, carrier)?.content?.['application/json']?.schema;
}

const isSuccess = (status) => status >= 200 && status < 300;

// Describes what is wrong without repeating the values: they may be long.
function describe(label, validate) {
  return validate.errors.slice(0, problemsMax).map((error) => {
    const { additionalProperty: extra } = error.params;
    const more = extra === undefined ? '' : ` '${extra}'`;
    return `${label}: ${error.instancePath || '(top)'} ${error.message}${more}`;
  });
}

// Turns a schema of a document into one of JSON Schema 2020-12 that stands alone: whatever it
// refers to comes along under $defs. `convert` maps one node, given what its members became.
function standAlone(document, schema, convert) {
  const definitions = {};
  const nameOf = (reference) => reference.replace(/^#\/components\/schemas\//, '');
  const visit = (node) => {
    if (Array.isArray(node)) return node.map(visit);
    if (node === null || typeof node !== 'object') return node;
    if (typeof node.$ref === 'string') {
      const name = nameOf(node.$ref);
      if (!(name in definitions)) {
        definitions[name] = true; // holds the place: schemas may refer to themselves
        definitions[name] = visit(lookUp(document, node.$ref));
      }
      return { $ref: `#/$defs/${name}` };
    }
    const { properties, enum: values, example, examples, default: unused, ...rest } = node;
    const mapped = Object.fromEntries(
      Object.entries(rest).map(([key, value]) => [key, visit(value)]),
    );
    if (properties !== undefined) {
      mapped.properties = Object.fromEntries(
        Object.entries(properties).map(([name, value]) => [name, visit(value)]),
      );
    }
    if (values !== undefined) mapped.enum = values;
    return convert(mapped);
  };
  const root = visit(schema);
  return { allOf: [root], $defs: definitions };
}

// A reply of ours has no member that its schema doesn't list, unless the schema says otherwise.
function closed(node) {
  const open = node.additionalProperties !== undefined || node.unevaluatedProperties !== undefined;
  return node.properties !== undefined && !open ? { ...node, additionalProperties: false } : node;
}

// OpenAPI 3.0: `nullable` beside a type, an enum or an allOf means that null is good as well, and
// exclusiveMinimum is a flag.
function fromOpenApi30(node) {
  const { nullable, discriminator, xml, exclusiveMinimum, exclusiveMaximum, ...schema } = node;
  if (exclusiveMinimum === true) {
    schema.exclusiveMinimum = schema.minimum;
    delete schema.minimum;
  }
  if (exclusiveMaximum === true) {
    schema.exclusiveMaximum = schema.maximum;
    delete schema.maximum;
  }
  return nullable === true ? { anyOf: [{ type: 'null' }, schema] } : schema;
}

class Contract {
  #compiled = new Map();

  constructor(label, file, convertReply, convertRequest) {
    this.label = label;
    this.document = readYaml(file);
    this.ajv = newAjv();
    this.convertReply = convertReply;
    this.convertRequest = convertRequest;
  }

  operationAt(requestPath) {
    return this.document.paths[requestPath]?.post;
  }

  // Compiled once per place in the document.
  #validate(place, schema, convert, value) {
    let validate = this.#compiled.get(place);
    if (!validate) {
      validate = this.ajv.compile(standAlone(this.document, schema, convert));
      this.#compiled.set(place, validate);
    }
    return validate(value) ? [] : describe(`${this.label}, ${place}`, validate);
  }

  checkError(requestPath, body) {
    if (body === null || typeof body !== 'object') {
      return [`${this.label}: the error is no JSON object`];
    }
    const answer = this.operationAt(requestPath)?.responses?.default;
    const { PlaidError } = this.document.components.schemas;
    const schema = jsonSchemaOf(this.document, answer) ?? PlaidError;
    if (schema === undefined) return [`${this.label}: there is no schema of errors`];
    const place = answer === undefined ? 'error' : `error of ${requestPath}`;
    return this.#validate(place, schema, this.convertReply, body);
  }

  checkSuccess(requestPath, status, requestBody, replyBody) {
    const operation = this.operationAt(requestPath);
    if (operation === undefined) return [`${this.label}: no operation at ${requestPath}`];
    const problems = [];
    const schema = jsonSchemaOf(this.document, operation.responses?.[status]);
    if (schema === undefined) {
      problems.push(`${this.label}: ${requestPath} has no response schema for ${status}`);
    } else {
      const place = `${status} of ${requestPath}`;
      problems.push(...this.#validate(place, schema, this.convertReply, replyBody));
    }
    const requestSchema = jsonSchemaOf(this.document, operation.requestBody);
    if (requestSchema === undefined) {
      problems.push(`${this.label}: ${requestPath} has no request schema`);
    } else {
      const place = `request to ${requestPath}`;
      problems.push(...this.#validate(place, requestSchema, this.convertRequest, requestBody));
    }
    return problems;
  }

  check(requestPath, status, requestBody, replyBody) {
    return isSuccess(status)
      ? this.checkSuccess(requestPath, status, requestBody, replyBody)
      : this.checkError(requestPath, replyBody);
  }
}

function loadOfficial() {
  if (!existsSync(officialDocument)) return undefined;
  const contract = new Contract('official', officialDocument, fromOpenApi30, fromOpenApi30);
  const products = contract.document.components.schemas.Products;
  products.enum = [...new Set([...products.enum, ...newerProducts])];
  return contract;
}

let loaded;

// Read once per process: Plaid's document takes seconds.
export function loadContracts() {
  if (loaded) return loaded;
  const same = (node) => node;
  const ours = new Contract('ours', ourDocument, closed, same);
  const official = loadOfficial();
  loaded = {
    // Paths of our contract that take POST, with their operations.
    operations: Object.entries(ours.document.paths)
      .filter(([, item]) => item.post !== undefined)
      .map(([requestPath, item]) => ({ path: requestPath, operation: item.post })),
    officialPresent: official !== undefined,
    checkOurs: (...call) => ours.check(...call),
    // Paths that are ours alone, and documents that are not there, have nothing to be held against.
    checkOfficial: (requestPath, status, ...bodies) =>
      official === undefined || requestPath.startsWith('/tartan/')
        ? []
        : official.check(requestPath, status, ...bodies),
  };
  return loaded;
}

// The workbench has every method and paths with parameters.
class WorkbenchContract {
  #compiled = new Map();

  constructor() {
    this.document = readYaml(workbenchDocument);
    this.ajv = newAjv();
    // Fixed names before parameters: /workflows/counts is no workflow.
    this.paths = Object.entries(this.document.paths)
      .map(([pattern, item]) => ({
        pattern,
        item,
        matches: new RegExp(`^${pattern.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
      }))
      .sort((a, b) => a.pattern.split('{').length - b.pattern.split('{').length);
  }

  operationIds() {
    return this.paths.flatMap(({ item }) =>
      Object.values(item).flatMap(({ operationId }) => operationId ?? []),
    );
  }

  // The operation that serves `method` and `target` (a path, perhaps with a query).
  operationOf(method, target) {
    const plain = target.split('?')[0];
    const found = this.paths.find(({ matches }) => matches.test(plain));
    return found?.item[method.toLowerCase()];
  }

  #validate(place, schema, value) {
    let validate = this.#compiled.get(place);
    if (!validate) {
      validate = this.ajv.compile(standAlone(this.document, schema, closed));
      this.#compiled.set(place, validate);
    }
    return validate(value) ? [] : describe(`workbench, ${place}`, validate);
  }

  // `reply` is {status, headers, body, text}.
  check(method, target, { status, headers, body, text }) {
    const operation = this.operationOf(method, target);
    const operationId = operation?.operationId;
    const type = (headers['content-type'] ?? '').split(';')[0];
    if (!isSuccess(status)) {
      const { Error: schema } = this.document.components.schemas;
      const isJson = type === 'application/json';
      const problems = isJson
        ? this.#validate('error', schema, body)
        : [`workbench, an error is ${type}, not JSON`];
      return { operationId, problems };
    }
    const answer = resolve(this.document, operation?.responses?.[status]);
    if (!answer) return { operationId, problems: [`workbench: ${status} is not in the contract`] };
    if (answer.content === undefined) {
      const problems = text === '' ? [] : [`workbench, ${operationId}: ${status} has a body`];
      return { operationId, problems };
    }
    const schema = answer.content['application/json']?.schema;
    if (schema === undefined) return { operationId, problems: [] };
    if (type !== 'application/json') {
      return { operationId, problems: [`workbench, ${operationId}: the type is '${type}'`] };
    }
    return { operationId, problems: this.#validate(`${status} of ${operationId}`, schema, body) };
  }
}

let loadedWorkbench;

export function workbenchContract() {
  loadedWorkbench ??= new WorkbenchContract();
  return loadedWorkbench;
}
