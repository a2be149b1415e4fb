// The text of a definition: read into a value or told why not, and the places that problems name.
import { jsonLanguage } from '@codemirror/lang-json';
import type { SyntaxNode, Tree } from '@lezer/common';
import { isObject, parseJson, unescapeStep, type Json } from '../../parts/json';
import { isDefinition, type Definition } from './definition';

export type Read = { definition: Definition } | { wrong: string };

export function readDefinition(text: string): Read {
  try {
    const value = parseJson(text);
    // The text names as many members as the value has, unless one stands twice.
    const twice = membersNamed(text) === membersOf(value) ? undefined : nameGivenTwice(text);
    if (twice !== undefined) {
      return {
        wrong: `The name ${twice} stands twice in one object: only one of them would be kept.`,
      };
    }
    return isDefinition(value)
      ? { definition: value }
      : { wrong: 'A definition is an object with "tasks", an object of tasks by name.' };
  } catch (error) {
    return { wrong: (error as Error).message };
  }
}

function membersNamed(text: string): number {
  let count = 0;
  for (const [piece] of text.matchAll(/"(?:[^"\\]|\\.)*"|:/g)) {
    count += piece === ':' ? 1 : 0;
  }
  return count;
}

function membersOf(value: Json): number {
  const inner = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
  return inner.reduce<number>(
    (sum, one) => sum + membersOf(one),
    isObject(value) ? inner.length : 0,
  );
}

// A name that JSON would read twice into one object, as it is written.
function nameGivenTwice(text: string): string | undefined {
  let found: string | undefined;
  jsonLanguage.parser.parse(text).iterate({
    enter: (node) => {
      if (node.name === 'Object' && found === undefined) {
        const seen = new Set<string>();
        for (const property of node.node.getChildren('Property')) {
          const key = property.firstChild!;
          const written = text.slice(key.from, key.to);
          const name = JSON.parse(written) as string;
          found ??= seen.has(name) ? written : undefined;
          seen.add(name);
        }
      }
    },
  });
  return found;
}

// Where in a text of JSON pointers (RFC 6901) lead; for each the deepest part that is there.
export function rangesOf(text: string, pointers: string[]): { from: number; to: number }[] {
  const tree = jsonLanguage.parser.parse(text);
  return pointers.map((pointer) => rangeIn(tree, text, pointer));
}

function rangeIn(tree: Tree, text: string, pointer: string) {
  let node = tree.topNode.firstChild;
  let best = { from: 0, to: Math.min(1, text.length) };
  for (const step of pointer.split('/').slice(1).map(unescapeStep)) {
    const found: { at: SyntaxNode; value: SyntaxNode | null } | undefined =
      node?.name === 'Object' ? memberOf(node, text, step) : elementOf(node, step);
    if (!found) {
      break;
    }
    best = { from: found.at.from, to: found.at.to };
    node = found.value;
  }
  return best;
}

function memberOf(node: SyntaxNode, text: string, name: string) {
  for (const property of node.getChildren('Property')) {
    const key = property.firstChild;
    if (key && nameOf(text.slice(key.from, key.to)) === name) {
      return { at: key, value: property.lastChild };
    }
  }
  return undefined;
}

function nameOf(written: string): string | undefined {
  try {
    return JSON.parse(written) as string;
  } catch {
    return undefined;
  }
}

function elementOf(node: SyntaxNode | null, step: string) {
  let child = node?.name === 'Array' ? (node.firstChild?.nextSibling ?? null) : null;
  for (let index = 0; child; child = child.nextSibling) {
    if (child.name !== ',' && child.name !== ']' && String(index++) === step) {
      return { at: child, value: child };
    }
  }
  return undefined;
}
