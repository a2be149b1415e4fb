// An object as rows of name and value: texts with expressions, everything else as JSON.
import { useState } from 'react';
import { CodeEditor } from './CodeEditor';
import { completeTemplate } from './completion';
import { ExpressionField, type Readable } from './ExpressionField';
import { parseJson, printJson, type Json, type JsonObject } from './json';
import { useTellUnread } from './unread';

function freeKey(object: JsonObject, wanted: string): string {
  let key = wanted;
  for (let number = 2; Object.hasOwn(object, key); ++number) {
    key = `${wanted}${number}`;
  }
  return key;
}

// What is typed stands until it is JSON.
export function JsonValue({
  label,
  value,
  onChange,
  readable,
}: {
  label: string;
  value: Json;
  onChange: (value: Json) => void;
  readable: Readable;
}) {
  const [typed, setTyped] = useState<{ text: string; of: Json; wrong: string }>();
  const isTyped = typed !== undefined && JSON.stringify(typed.of) === JSON.stringify(value);
  useTellUnread(isTyped && typed.wrong !== '');
  const type = (text: string) => {
    try {
      const read = parseJson(text);
      setTyped({ text, of: read, wrong: '' });
      onChange(read);
    } catch (error) {
      setTyped({ text, of: value, wrong: `Not JSON yet: ${(error as Error).message}` });
    }
  };
  return (
    <div>
      <CodeEditor
        label={label}
        value={isTyped ? typed.text : printJson(value)}
        onChange={type}
        isField
        complete={(context) => completeTemplate(context, readable.names, true)}
      />
      {isTyped && typed.wrong !== '' ? (
        <div role="status" className="bad-text">
          {typed.wrong}
        </div>
      ) : null}
    </div>
  );
}

function Value({
  name,
  value,
  onChange,
  readable,
}: {
  name: string;
  value: Json;
  onChange: (value: Json) => void;
  readable: Readable;
}) {
  const [showsJson, setShowsJson] = useState(typeof value !== 'string');
  const isJson = showsJson || typeof value !== 'string';
  return (
    <>
      {isJson ? (
        <JsonValue
          label={`Value of ${name}, JSON`}
          value={value}
          onChange={onChange}
          readable={readable}
        />
      ) : (
        <ExpressionField
          label={`Value of ${name}`}
          value={value}
          onChange={onChange}
          readable={readable}
          placeholder="text or ${expression}"
        />
      )}
      <select
        className="field kind"
        aria-label={`Kind of ${name}`}
        value={isJson ? 'json' : 'text'}
        title="A text may hold expressions; JSON keeps numbers, lists and objects"
        onChange={(event) => {
          const toJson = event.target.value === 'json';
          setShowsJson(toJson);
          if (!toJson && typeof value !== 'string') {
            onChange(JSON.stringify(value));
          } else if (toJson && typeof value === 'string') {
            try {
              onChange(parseJson(value));
            } catch {
              // It stays a text, shown as JSON writes it.
            }
          }
        }}
      >
        <option value="text">text</option>
        <option value="json">JSON</option>
      </select>
    </>
  );
}

function Name({
  label,
  name,
  isTaken,
  onChange,
}: {
  label: string;
  name: string;
  isTaken: (to: string) => boolean;
  onChange: (to: string) => void;
}) {
  const [typed, setTyped] = useState(name);
  const [last, setLast] = useState(name);
  if (last !== name) {
    setLast(name);
    setTyped(name);
  }
  const isRefused = typed !== name && isTaken(typed);
  return (
    <div>
      <input
        className="field mono"
        aria-label={label}
        aria-invalid={isRefused}
        value={typed}
        onChange={(event) => {
          const to = event.target.value;
          setTyped(to);
          if (!isTaken(to)) {
            setLast(to);
            onChange(to);
          }
        }}
        onBlur={() => setTyped(name)}
      />
      {isRefused ? (
        <div role="status" className="bad-text">
          Another one has this name.
        </div>
      ) : null}
    </div>
  );
}

export function ExpressionRows({
  label,
  noun,
  value,
  onChange,
  readable,
}: {
  label: string;
  // What one row is, in words: "input parameter".
  noun: string;
  value: JsonObject;
  onChange: (value: JsonObject | undefined) => void;
  readable: Readable;
}) {
  const rows = Object.entries(value);
  const keep = (next: [string, Json][]) =>
    onChange(next.length === 0 ? undefined : Object.fromEntries(next));
  return (
    <div className="expression-rows" role="group" aria-label={label}>
      {rows.map(([name, one], index) => (
        <div key={index} className="expression-row">
          <Name
            label={`Name of ${noun} ${index + 1}`}
            name={name}
            isTaken={(to) => to !== name && Object.hasOwn(value, to)}
            onChange={(to) => keep(rows.map((row, i) => (i === index ? [to, one] : row)))}
          />
          <Value
            name={name}
            value={one}
            onChange={(next) => keep(rows.map((row, i) => (i === index ? [name, next] : row)))}
            readable={readable}
          />
          <button
            type="button"
            className="button plain"
            aria-label={`Remove ${name}`}
            onClick={() => keep(rows.filter((_, i) => i !== index))}
          >
            ✕
          </button>
        </div>
      ))}
      <div>
        <button
          type="button"
          className="button"
          onClick={() => keep([...rows, [freeKey(value, 'name'), '']])}
        >
          Add {/^[aeiou]/.test(noun) ? 'an' : 'a'} {noun}
        </button>
      </div>
    </div>
  );
}
