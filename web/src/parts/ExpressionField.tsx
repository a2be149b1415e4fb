// A field whose text holds expressions: it completes the names that they can read, and says what
// they give with the data at hand.
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue } from 'react';
import { api, data } from '../api/client';
import { CodeEditor } from './CodeEditor';
import { completeCondition, completeTemplate, type Language } from './completion';
import { partsOf, type Part } from './expressions';
import { asObject, isObject, parseJson, type Json, type JsonObject } from './json';
import { useSettled } from './useSettled';
import './expression.css';

// What expressions can read: every name (for completion), and the values that are known.
export interface Readable {
  names: JsonObject;
  values: JsonObject;
}

interface Outcome {
  value?: Json;
  error?: string;
}

const shownMax = 300;
const placeholdersMax = 20;

async function evaluate(language: Language, expression: string, values: Json): Promise<Outcome> {
  const { result, error } = await data(
    api.POST('/api/expressions/evaluate', { body: { language, expression, data: values } }),
  );
  return error ? { error: error.message } : { value: (result ?? null) as Json };
}

// As the server writes a value into text.
function inText(value: Json): string {
  return typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value);
}

async function render(text: string, values: JsonObject): Promise<Outcome> {
  const parts = partsOf(text);
  const isWhole = parts.length === 1 && parts[0]!.kind !== 'text' && parts[0]!.kind !== 'escape';
  let out = '';
  for (const part of parts.slice(0, placeholdersMax)) {
    if (part.kind === 'text' || part.kind === 'escape') {
      out += text.slice(part.kind === 'escape' ? part.from + 1 : part.from, part.to);
      continue;
    }
    const outcome = await evaluate(part.kind, part.expression, values);
    if (outcome.error !== undefined || isWhole) {
      return outcome;
    }
    out += inText(outcome.value ?? null);
  }
  return { value: out };
}

// A condition sees the task before as $, and the run by names.
function condition(text: string, values: JsonObject): Promise<Outcome> {
  const names = ['input', 'workflow', 'variables', 'tasks'];
  const isAlone = !names.some((name) => text.includes(name));
  return isAlone
    ? evaluate('javascript', text, values.$ ?? null)
    : evaluate('javascript', `(({ $, ${names.join(', ')} }) => (\n${text}\n))($)`, values);
}

// Only what the text can mention needs to be sent.
function mentioned(text: string, values: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(values).filter(([name]) => text.includes(name)));
}

export const holdsExpression = (text: string) =>
  partsOf(text).some((part: Part) => part.kind === 'path' || part.kind === 'jsonata');

export function ExpressionResult({
  text,
  language,
  readable,
}: {
  text: string;
  language: 'template' | 'javascript';
  readable: Readable;
}) {
  const settled = useSettled(text);
  const values = useDeferredValue(readable.values);
  const sent = language === 'template' ? mentioned(settled, values) : values;
  const isAsked = language === 'javascript' ? settled.trim() !== '' : holdsExpression(settled);
  const outcome = useQuery({
    queryKey: ['evaluate', language, settled, sent],
    queryFn: () => (language === 'template' ? render(settled, sent) : condition(settled, sent)),
    enabled: isAsked,
    staleTime: 60_000,
    retry: false,
    placeholderData: (last) => last,
    structuralSharing: false,
  });
  if (!isAsked || text.trim() === '') {
    return null;
  }
  const missing =
    language === 'template' ? missingRoot(settled, readable) : missingName(settled, readable);
  const found = outcome.data;
  const error = found?.error ?? outcome.error?.message;
  const shown = found?.value === undefined ? '' : JSON.stringify(found.value);
  return (
    <output className="expression-result">
      {missing !== undefined ? (
        <span className="soft">No sample data for {missing} yet: test it or run the workflow.</span>
      ) : error !== undefined ? (
        <span className="bad-text">{error}</span>
      ) : (
        <>
          <span className="soft" aria-hidden>
            ={' '}
          </span>
          <span className="visually-hidden">gives </span>
          <code>{shown.length > shownMax ? `${shown.slice(0, shownMax)}…` : shown}</code>
        </>
      )}
    </output>
  );
}

// What a condition reads and whose value is not known: the task before, or another one by its name.
function missingName(text: string, { names, values }: Readable): string | undefined {
  if (text.includes('$') && (values.$ ?? null) === null) {
    return 'the task before';
  }
  const known = asObject(values.tasks);
  return Object.keys(asObject(names.tasks)).find(
    (name) => !Object.hasOwn(known, name) && new RegExp(readsTask(name)).test(text),
  );
}
const readsTask = (name: string) => {
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return `tasks\\s*(?:\\.\\s*${escaped}(?![\\w$])|\\[\\s*(['"\`])${escaped}\\1\\s*\\])`;
};

// A name that exists but whose value is not known, when the text reads it.
function missingRoot(text: string, { names, values }: Readable): string | undefined {
  for (const part of partsOf(text)) {
    if (part.kind === 'path') {
      const root = Object.keys(names).find((name) =>
        [name, `['${name}']`, `["${name}"]`].some(
          (start) =>
            part.expression.startsWith(start) &&
            !/^[\w:-]/.test(part.expression.slice(start.length)),
        ),
      );
      if (root !== undefined && !Object.hasOwn(values, root)) {
        return root;
      }
    }
  }
  return undefined;
}

async function renderAll(value: Json, values: JsonObject): Promise<Outcome> {
  if (typeof value === 'string') {
    const isKnown = partsOf(value).every(
      (part) => part.kind !== 'path' || isKnownRoot(part.expression, values),
    );
    return isKnown ? render(value, values) : { error: 'not known' };
  }
  if (Array.isArray(value)) {
    const all = await Promise.all(value.map((one) => renderAll(one, values)));
    return (
      all.find((one) => one.error !== undefined) ?? { value: all.map((one) => one.value ?? null) }
    );
  }
  if (!isObject(value)) {
    return { value };
  }
  const names = Object.keys(value);
  const inner = await renderAll(Object.values(value), values);
  return inner.error !== undefined
    ? inner
    : { value: Object.fromEntries(names.map((name, i) => [name, (inner.value as Json[])[i]!])) };
}
const isKnownRoot = (path: string, values: JsonObject) =>
  Object.keys(values).some((name) => path.startsWith(name) || path.startsWith(`['${name}']`));

// An object with its expressions evaluated; what can't be is left out.
export function useRendered(parameters: JsonObject, values: JsonObject): JsonObject {
  const text = useSettled(JSON.stringify(parameters));
  const sent = mentioned(text, values);
  const rendered = useQuery({
    queryKey: ['render', text, sent],
    queryFn: async () => {
      const made: JsonObject = {};
      for (const [name, value] of Object.entries(asObject(parseJson(text)))) {
        const outcome = await renderAll(value, sent);
        if (outcome.error === undefined && outcome.value !== null) {
          made[name] = outcome.value ?? null;
        }
      }
      return made;
    },
    enabled: text !== '{}',
    staleTime: 60_000,
    placeholderData: (last) => last,
    structuralSharing: false,
  });
  return rendered.data ?? none;
}
const none: JsonObject = {};

// The placeholders in the texts of a value, each with what it gives.
export function PlaceholderResults({ value, readable }: { value: Json; readable: Readable }) {
  const found = new Set<string>();
  const collect = (one: Json) => {
    if (typeof one === 'string') {
      for (const part of partsOf(one)) {
        if (part.kind === 'path' || part.kind === 'jsonata') {
          found.add(one.slice(part.from, part.to));
        }
      }
    } else if (typeof one === 'object' && one !== null) {
      Object.values(one).forEach(collect);
    }
  };
  collect(value);
  return found.size === 0 ? null : (
    <ul className="placeholder-results" aria-label="What the placeholders give">
      {[...found].slice(0, placeholdersMax).map((text) => (
        <li key={text}>
          <code>{text}</code>{' '}
          <ExpressionResult text={text} language="template" readable={readable} />
        </li>
      ))}
    </ul>
  );
}

export function ExpressionField({
  label,
  value,
  onChange,
  language = 'template',
  readable,
  placeholder,
}: {
  label: string;
  value: string;
  onChange: (text: string) => void;
  language?: 'template' | 'javascript';
  readable: Readable;
  placeholder?: string;
}) {
  const names = isObject(readable.names) ? readable.names : {};
  return (
    <div className="expression-field">
      <CodeEditor
        label={label}
        value={value}
        onChange={onChange}
        language={language === 'template' ? 'template' : 'text'}
        isField
        {...(placeholder === undefined ? {} : { placeholder })}
        complete={(context) =>
          language === 'template'
            ? completeTemplate(context, names, false)
            : completeCondition(context, names)
        }
      />
      <ExpressionResult text={value} language={language} readable={readable} />
    </div>
  );
}
