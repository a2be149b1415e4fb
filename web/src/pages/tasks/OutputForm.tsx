// The answer to a task: as a form, or as JSON, one and the same value.
import { lazy, Suspense, useId, useState } from 'react';
import { isObject, shownText, type Json } from '../../parts/json';
import { useTellUnread } from '../../parts/unread';
import { NumberField } from '../workflows/fields';
import { kindOf, type Field, type Kind } from './expected';

const JsonField = lazy(() =>
  import('../../http-task/Request').then(({ JsonField }) => ({ default: JsonField })),
);

export type Output = { [name: string]: Json };

const kinds: Record<Kind, string> = {
  text: 'Text',
  number: 'Number',
  boolean: 'Yes or no',
  json: 'JSON',
};

interface OutputFormProps {
  fields: Field[];
  output: Output;
  onChange: (output: Output) => void;
}

export function OutputForm({ fields, output, onChange }: OutputFormProps) {
  const [isJson, setJson] = useState(false);
  const [added, setAdded] = useState<Field[]>([]);
  const known = new Set([...fields, ...added].map((one) => one.name));
  const others = Object.entries(output)
    .filter(([name]) => !known.has(name))
    .map(([name, value]): Field => ({ name, kind: kindOf(value), options: [] }));
  const shown = [...fields, ...added, ...others];
  const set = (name: string, value: Json | undefined) => {
    const { [name]: _, ...rest } = output;
    onChange(value === undefined ? rest : { ...output, [name]: value });
  };
  return (
    <div className="stack">
      <div className="row" role="group" aria-label="Answer as">
        <button
          type="button"
          className="button"
          aria-pressed={!isJson}
          onClick={() => setJson(false)}
        >
          Form
        </button>
        <button
          type="button"
          className="button"
          aria-pressed={isJson}
          onClick={() => setJson(true)}
        >
          JSON
        </button>
      </div>
      <Suspense fallback={null}>
        {isJson ? (
          <OutputJson output={output} onChange={onChange} />
        ) : (
          <>
            {shown.map((field) => (
              <Input
                key={field.name}
                field={field}
                value={output[field.name]}
                onChange={(value) => set(field.name, value)}
              />
            ))}
            {shown.length === 0 ? (
              <div className="soft">
                Nothing is expected in return: complete it as it is, or add fields.
              </div>
            ) : null}
            <AddField
              taken={shown.map((one) => one.name)}
              onAdd={(field) => {
                setAdded([...added, field]);
                set(field.name, field.kind === 'boolean' ? false : undefined);
              }}
            />
          </>
        )}
      </Suspense>
    </div>
  );
}

function OutputJson({ output, onChange }: Omit<OutputFormProps, 'fields'>) {
  // What was typed and is JSON, but no object.
  const [other, setOther] = useState<Json>();
  useTellUnread(other !== undefined);
  return (
    <div>
      <JsonField
        label="Output"
        value={other ?? output}
        onChange={(value = {}) => {
          if (isObject(value)) {
            setOther(undefined);
            onChange(value);
          } else {
            setOther(value);
          }
        }}
      />
      {other === undefined ? null : (
        <div role="status" className="bad-text">
          The output is an object, for example {'{"approved": true}'}.
        </div>
      )}
    </div>
  );
}

interface InputProps {
  field: Field;
  value: Json | undefined;
  onChange: (value: Json | undefined) => void;
}

function Input({ field: { name, kind, options }, value, onChange }: InputProps) {
  const listId = useId();
  if (kind === 'json') {
    return <JsonField label={name} value={value} onChange={onChange} />;
  }
  if (kind === 'boolean') {
    return (
      <label className="task-check">
        <input
          type="checkbox"
          checked={value === true}
          onChange={(event) => onChange(event.target.checked)}
        />
        {name}
      </label>
    );
  }
  if (kind === 'number') {
    return <NumberField label={name} value={value} onChange={onChange} />;
  }
  const text = value === undefined || value === null ? '' : shownText(value);
  return (
    <label>
      {name}
      {options.length > 0 ? (
        <>
          <input
            className="field"
            list={listId}
            value={text}
            placeholder={options.join(', ')}
            onChange={(event) => onChange(event.target.value || undefined)}
          />
          <datalist id={listId}>
            {options.map((one) => (
              <option key={one} value={one} />
            ))}
          </datalist>
        </>
      ) : (
        <textarea
          className="field task-text"
          rows={text.includes('\n') ? 4 : 1}
          value={text}
          onChange={(event) => onChange(event.target.value || undefined)}
        />
      )}
    </label>
  );
}

function AddField({ taken, onAdd }: { taken: string[]; onAdd: (field: Field) => void }) {
  const [name, setName] = useState('');
  const [kind, setKind] = useState<Kind>('text');
  const wanted = name.trim();
  const add = () => {
    onAdd({ name: wanted, kind, options: [] });
    setName('');
  };
  return (
    <details>
      <summary>Add a field</summary>
      <div className="row task-add">
        <input
          className="field"
          aria-label="Name of the field"
          placeholder="name"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <select
          className="field"
          aria-label="Kind of the field"
          value={kind}
          onChange={(event) => setKind(event.target.value as Kind)}
        >
          {Object.entries(kinds).map(([one, label]) => (
            <option key={one} value={one}>
              {label}
            </option>
          ))}
        </select>
        <button
          type="button"
          className="button"
          disabled={wanted === '' || taken.includes(wanted)}
          onClick={add}
        >
          Add
        </button>
      </div>
    </details>
  );
}
