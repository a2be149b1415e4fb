// A field of JSON that holds what is typed while it is not yet JSON.
import { useState } from 'react';
import { CodeEditor } from '../parts/CodeEditor';
import { completeTemplate } from '../parts/completion';
import { parseJson, printJson, type Json, type JsonObject } from '../parts/json';
import { useTellUnread } from '../parts/unread';

const shown = (value: Json | undefined, mayBeText: boolean) =>
  mayBeText && typeof value === 'string' ? value : printJson(value);

export function JsonField({
  label,
  value,
  onChange,
  mayBeText = false,
  names,
}: {
  label: string;
  value: Json | undefined;
  onChange: (value: Json | undefined) => void;
  mayBeText?: boolean;
  // What its expressions can read.
  names?: JsonObject;
}) {
  const [text, setText] = useState(() => shown(value, mayBeText));
  const [last, setLast] = useState(() => JSON.stringify(value));
  const [wrong, setWrong] = useState('');
  useTellUnread(wrong !== '');
  const now = JSON.stringify(value);
  if (now !== last) {
    setLast(now);
    setText(shown(value, mayBeText));
    setWrong('');
  }
  const keep = (made: Json | undefined) => {
    setWrong('');
    setLast(JSON.stringify(made));
    onChange(made);
  };
  const type = (typed: string) => {
    setText(typed);
    if (typed.trim() === '') {
      keep(undefined);
      return;
    }
    try {
      keep(parseJson(typed));
    } catch (error) {
      if (mayBeText && !/^\s*[{["]/.test(typed)) {
        keep(typed);
      } else {
        setWrong(`Not JSON yet: ${(error as Error).message}`);
      }
    }
  };
  return (
    <div className="stack" style={{ gap: 4 }}>
      <div className="soft">{label}</div>
      <CodeEditor
        label={label}
        value={text}
        onChange={type}
        {...(names ? { complete: (context) => completeTemplate(context, names, true) } : {})}
      />
      {wrong ? (
        <div role="status" className="bad-text">
          {wrong}
        </div>
      ) : null}
    </div>
  );
}
