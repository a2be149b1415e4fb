// A task's new name in the expressions that read the task. What may be a field of the data and not
// the task (behind a step, in a filter or a group of JSONata) stays: validation marks what is left.
import { inBrackets, isPlainName, partsOf, skipSlash, unquoted } from '../../parts/expressions';
import { asObject, isObject, type Json } from '../../parts/json';
import { isScope, type Scope, type Task } from './definition';

type Rewrite = (text: string) => string;

export function renameInExpressions<T extends Scope>(scope: T, from: string, to: string): T {
  const inTemplate: Rewrite = (text) => renameInTemplate(text, from, to);
  const inCondition: Rewrite = (text) => renameInCondition(text, from, to);
  const tasks = Object.entries(scope.tasks).map(([name, task]): [string, Task] => {
    const next: Task = { ...task };
    for (const field of [
      'inputParameters',
      'workflowOutput',
      'secondsExpression',
      'timestampExpression',
    ]) {
      if (next[field] !== undefined) {
        next[field] = inTexts(next[field], inTemplate);
      }
    }
    if (Array.isArray(next.choices)) {
      next.choices = next.choices.map((choice) =>
        typeof asObject(choice).condition === 'string'
          ? { ...asObject(choice), condition: inCondition(asObject(choice).condition as string) }
          : choice,
      );
    }
    if (Array.isArray(next.branches)) {
      next.branches = next.branches.map((branch) =>
        isScope(branch) ? renameInExpressions(branch, from, to) : branch,
      );
    }
    return [name, next];
  });
  return { ...scope, tasks: Object.fromEntries(tasks) };
}

function inTexts(value: Json, rewrite: Rewrite): Json {
  if (typeof value === 'string') {
    return rewrite(value);
  }
  if (Array.isArray(value)) {
    return value.map((one) => inTexts(one, rewrite));
  }
  return isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, inTexts(one, rewrite)]))
    : value;
}

export function renameInTemplate(text: string, from: string, to: string): string {
  let out = text;
  for (const part of partsOf(text).reverse()) {
    if (part.kind === 'path' || part.kind === 'jsonata') {
      const rewrite = part.kind === 'path' ? renameInPath : renameInJsonata;
      const end = part.inner + part.expression.length;
      out = out.slice(0, part.inner) + rewrite(part.expression, from, to) + out.slice(end);
    }
  }
  return out;
}

interface Change {
  from: number;
  to: number;
  insert: string;
}
function apply(text: string, changes: Change[]): string {
  return changes
    .sort((a, b) => b.from - a.from)
    .reduce((out, { from, to, insert }) => out.slice(0, from) + insert + out.slice(to), text);
}

const quotedName = /\[\s*('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\s*\]/sy;
const plainName = /[\w:\-\u0080-\uffff]+/y;

// The root is at the beginning, or behind a "$" there or in a filter.
export function renameInPath(path: string, from: string, to: string): string {
  const changes: Change[] = [];
  const take = (at: number, isFirst: boolean) => {
    let start = at;
    quotedName.lastIndex = at;
    const quoted = quotedName.exec(path);
    if (quoted) {
      if (unquoted(quoted[1]!) === from) {
        changes.push({ from: at, to: quotedName.lastIndex, insert: written(to, isFirst) });
      }
      return;
    }
    if (!isFirst) {
      if (path[at] !== '.' || path[at + 1] === '.') {
        return;
      }
      ++start;
    }
    plainName.lastIndex = start;
    if (plainName.exec(path)?.[0] === from) {
      changes.push({ from: at, to: plainName.lastIndex, insert: written(to, isFirst) });
    }
  };
  if (path[0] !== '$') {
    take(0, true);
  }
  let quote = '';
  for (let at = 0; at < path.length; ++at) {
    const c = path[at]!;
    if (quote !== '') {
      at += c === '\\' ? 1 : 0;
      quote = c === quote ? '' : quote;
    } else if (c === "'" || c === '"') {
      quote = c;
    } else if (c === '$') {
      take(at + 1, false);
    }
  }
  return apply(path, changes);
}

const written = (name: string, isFirst: boolean) =>
  isPlainName(name) ? (isFirst ? name : `.${name}`) : inBrackets(name);

interface Token {
  kind: 'name' | 'variable' | 'text' | 'number' | 'sign';
  from: number;
  to: number;
  says: string;
}

const jsonataToken =
  /(?<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|`(?<back>[^`]*)`|(?<variable>\$[\w$]*)|(?<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<name>[^\s.[\]{}(),@#;:?+\-*/%|=<>^&!~'"`$]+)|(?<sign>\S)/gs;

function jsonataTokens(text: string): Token[] {
  const tokens: Token[] = [];
  jsonataToken.lastIndex = 0;
  for (let match = jsonataToken.exec(text); match; match = jsonataToken.exec(text)) {
    const groups = match.groups!;
    const from = match.index;
    if (groups.sign === '/') {
      const end = skipSlash(text, from, tokens.length > 0 ? text[tokens.at(-1)!.to - 1]! : '');
      if (end > from) {
        const isComment = text[from + 1] === '*';
        if (!isComment) {
          tokens.push({ kind: 'text', from, to: end + 1, says: '/' });
        }
        jsonataToken.lastIndex = end + 1;
        continue;
      }
    }
    const kind =
      groups.text !== undefined
        ? 'text'
        : groups.variable !== undefined
          ? 'variable'
          : groups.number !== undefined
            ? 'number'
            : groups.sign !== undefined
              ? 'sign'
              : 'name';
    tokens.push({ kind, from, to: jsonataToken.lastIndex, says: groups.back ?? match[0] });
  }
  return tokens;
}

const words = new Set(['and', 'or', 'in', 'true', 'false', 'null', 'function']);
const jsonataName = (name: string) =>
  isPlainName(name) && !words.has(name) ? name : name.includes('`') ? undefined : `\`${name}\``;

export function renameInJsonata(text: string, from: string, to: string): string {
  const changes: Change[] = [];
  const tokens = jsonataTokens(text);
  const isSign = (token: Token | undefined, signs: string) =>
    token?.kind === 'sign' && signs.includes(token.says);
  // Whether names are read from the whole, in each bracket that is open. A transform changes that
  // without a bracket.
  const whole = [!tokens.some((one) => isSign(one, '|'))];
  tokens.forEach((token, i) => {
    const before = tokens[i - 1];
    const isRoot = whole.at(-1)!;
    if (isSign(token, '([{')) {
      const isBehindValue =
        before !== undefined && (before.kind !== 'sign' || ')]}*%'.includes(before.says));
      const isChanged = isSign(before, '.^') || (token.says !== '(' && isBehindValue);
      whole.push(isRoot && !isChanged);
    } else if (isSign(token, ')]}')) {
      if (whole.length > 1) {
        whole.pop();
      }
    }
    const isNamed = (one: Token) =>
      (one.kind === 'name' && one.says === from && !(words.has(from) && text[one.from] !== '`')) ||
      (one.kind === 'text' && one.says !== '/' && unquoted(text.slice(one.from, one.to)) === from);
    const dollar = tokens[i - 2];
    if (isSign(before, '.') && isNamed(token)) {
      const isWhole =
        dollar?.says === '$$' || (dollar?.says === '$' && isRoot && !isSign(tokens[i - 3], '.'));
      if (dollar?.kind === 'variable' && isWhole) {
        changes.push({ ...token, insert: jsonataName(to) ?? JSON.stringify(to) });
      }
    } else if (token.kind === 'name' && isRoot && isNamed(token) && !isSign(tokens[i + 1], '(')) {
      changes.push({ ...token, insert: jsonataName(to) ?? `$$.${JSON.stringify(to)}` });
    }
  });
  return apply(text, changes);
}

const scriptPiece =
  /\/\*.*?\*\/|\/\/[^\n]*|(?<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`)|(?<word>[\w$\u0080-\uffff]+)|\?\.|\S/gs;
const scriptMember =
  /\s*(?<dot>\??\.)?\s*(?:\[\s*(?<quoted>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\s*\]|(?<word>[\w$\u0080-\uffff]+))/sy;

// JavaScript reads a task as tasks.Name or tasks['Name'].
export function renameInCondition(text: string, from: string, to: string): string {
  const changes: Change[] = [];
  let before = '';
  scriptPiece.lastIndex = 0;
  for (let piece = scriptPiece.exec(text); piece; piece = scriptPiece.exec(text)) {
    if (piece[0] === 'tasks' && before !== '.' && before !== '?.') {
      scriptMember.lastIndex = scriptPiece.lastIndex;
      const member = scriptMember.exec(text);
      const { dot, quoted, word } = member?.groups ?? {};
      const name = quoted !== undefined ? unquoted(quoted) : dot !== undefined ? word : undefined;
      if (name === from) {
        const optional = dot === '?.';
        const isPlain = /^[A-Za-z_$][\w$]*$/.test(to);
        const plain = `${optional ? '?.' : '.'}${to}`;
        changes.push({
          from: scriptPiece.lastIndex,
          to: scriptMember.lastIndex,
          insert:
            isPlain && quoted === undefined ? plain : `${optional ? '?.' : ''}${inBrackets(to)}`,
        });
      }
    }
    if (!piece[0].startsWith('/*') && !piece[0].startsWith('//')) {
      before = piece[0];
    }
  }
  return apply(text, changes);
}
