// Completion of expressions from the data they will read: the names in it, written as the language
// of the expression writes them.
import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { inBrackets, isPlainName, partsOf, unquoted } from './expressions';
import { isObject, type Json, type JsonObject } from './json';

export type Language = 'path' | 'jsonata' | 'javascript';

const quoted = `'(?:[^'\\\\]|\\\\.)*'|"(?:[^"\\\\]|\\\\.)*"`;
const name = '[\\w$\\u0080-\\uffff][\\w$:\\-\\u0080-\\uffff]*';
const bracket = `\\[\\s*(?:${quoted}|-?\\d+|\\*)\\s*\\]`;
const back = '`[^`]*`';
const chain = new RegExp(
  `(?:(?:${name}|${back}|${bracket})(?:\\??\\.(?:${name}|${back})|${bracket})*)?(?:\\??\\.|\\[\\s*['"]?[^'"\\[\\]]*)?$`,
);
const stepPattern = new RegExp(`\\??\\.(${name}|${back})|(${bracket})|(${name}|${back})`, 'y');

interface Step {
  from: number;
  name: string;
}

function stepsOf(text: string) {
  const steps: Step[] = [];
  let at = 0;
  for (;;) {
    stepPattern.lastIndex = at;
    const match = stepPattern.exec(text);
    if (!match) {
      return { steps, at };
    }
    const inner = match[2]?.slice(1, -1).trim();
    const plain = match[1] ?? match[3];
    const says =
      inner !== undefined
        ? /^['"]/.test(inner)
          ? (unquoted(inner) ?? '')
          : inner
        : plain!.startsWith('`')
          ? plain!.slice(1, -1)
          : plain!;
    steps.push({ from: at, name: says });
    at = stepPattern.lastIndex;
  }
}

function follow(data: Json | undefined, steps: Step[]): Json | undefined {
  let at = data;
  for (const { name: step } of steps) {
    if (Array.isArray(at)) {
      if (step === '*' || /^-?\d+$/.test(step)) {
        at = at.at(step === '*' ? 0 : Number(step));
        continue;
      }
      at = at[0];
    }
    at = isObject(at) && Object.hasOwn(at, step) ? at[step] : undefined;
  }
  return at;
}

export function brief(value: Json): string {
  if (Array.isArray(value)) {
    return value.length === 1 ? '1 element' : `${value.length} elements`;
  }
  const text = isObject(value) ? Object.keys(value).join(', ') : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

function memberText(
  language: Language,
  member: string,
  isFirst: boolean,
  asText: (it: string) => string,
) {
  if (isPlainName(member) || (language === 'path' && /^swf:\w+$/.test(member))) {
    return isFirst ? member : `.${member}`;
  }
  if (language === 'jsonata' && !member.includes('`')) {
    return asText(`${isFirst ? '' : '.'}\`${member}\``);
  }
  return asText(inBrackets(member));
}

// What can stand at the end of `text`, which is the expression up to the caret. `asText` says how
// the text around writes what is inserted (JSON escapes it).
export function complete(
  language: Language,
  data: JsonObject,
  text: string,
  asText = (it: string) => it,
): { from: number; options: Completion[] } | undefined {
  const written = chain.exec(text)![0];
  const start = text.length - written.length;
  const { steps, at } = stepsOf(written);
  const rest = written.slice(at);
  // A name that is still being typed belongs to what is offered.
  const isOpen = rest === '' && steps.length > 0 && !/[\]`]$/.test(written);
  const known = isOpen ? steps.slice(0, -1) : steps;
  const from = start + (isOpen ? steps.at(-1)!.from : at);
  const value = follow(data, known);
  if (Array.isArray(value) && (rest !== '' || !isOpen) && known.length > 0) {
    const signs = language === 'path' ? ['[0]', '[*]'] : ['[0]'];
    return {
      from,
      options: signs.map((label) => ({ label, detail: brief(value), type: 'property' })),
    };
  }
  const object = Array.isArray(value) ? value[0] : value;
  if (!isObject(object) || (known.length > 0 && rest === '' && !isOpen)) {
    return undefined;
  }
  // What is typed is compared with the label: the sign in front of a name belongs to both.
  const sign = /^(?:\??\.|\[\s*['"]?)/.exec(text.slice(from))?.[0] ?? '';
  // In the order of the data, which has the nearest first.
  const options = Object.entries(object).map(([member, inner], index): Completion => ({
    boost: -Math.min(index, 99),
    label: sign + member,
    displayLabel: member,
    apply: memberText(language, member, known.length === 0, asText),
    detail: brief(inner),
    type: 'property',
  }));
  return { from, options };
}

const behind = 4000;
const inJson = (text: string) => JSON.stringify(text).slice(1, -1);

// For a text with placeholders; `isJson` when the text stands in JSON.
export function completeTemplate(
  context: CompletionContext,
  data: JsonObject,
  isJson: boolean,
): CompletionResult | null {
  const start = Math.max(0, context.pos - behind);
  const before = context.state.doc.sliceString(start, context.pos);
  const asText = isJson ? inJson : (it: string) => it;
  const open = openPlaceholder(before);
  if (open === undefined) {
    if (!before.endsWith('$') || before.endsWith('$$')) {
      return null;
    }
    const options = Object.keys(data).map((member): Completion => ({
      label: `\${${memberText('path', member, true, (it) => it)}}`,
      apply: `\${${memberText('path', member, true, asText)}}`,
      detail: brief(data[member]!),
      type: 'variable',
    }));
    return { from: context.pos - 1, options, filter: false };
  }
  const expression = before.slice(open);
  const isJsonata = /^\s*jsonata:/.test(expression);
  const found = complete(isJsonata ? 'jsonata' : 'path', data, expression, asText);
  if (!found || (found.options.length === 0 && !context.explicit)) {
    return null;
  }
  return { ...found, from: start + open + found.from };
}

export function completeCondition(
  context: CompletionContext,
  data: JsonObject,
): CompletionResult | null {
  const start = Math.max(0, context.pos - behind);
  const found = complete('javascript', data, context.state.doc.sliceString(start, context.pos));
  const isIdle =
    !context.explicit && !/[\w$.'"\]]$/.test(context.state.doc.sliceString(start, context.pos));
  return found && !isIdle ? { ...found, from: start + found.from } : null;
}

// Where the expression of a placeholder begins that is open at the end of a text.
export function openPlaceholder(text: string): number | undefined {
  const parts = partsOf(text);
  const last = parts.at(-1);
  if (last?.kind !== 'text') {
    return undefined;
  }
  const open = text.lastIndexOf('${');
  const isEscaped = text[open - 1] === '$';
  return open >= last.from && !isEscaped ? open + 2 : undefined;
}
