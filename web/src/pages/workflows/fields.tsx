// The small fields of the editor's forms. What is typed but is no value yet stays in the field.
import { useState, type ReactNode } from 'react';
import { isExactNumber, parseJson, type Json } from '../../parts/json';

export type Set = (fields: { [name: string]: Json | undefined }) => void;

const shown = (value: Json | undefined) =>
  value === undefined || value === null
    ? ''
    : isExactNumber(value)
      ? value.rawJSON
      : typeof value === 'object'
        ? JSON.stringify(value)
        : String(value);

export function TextField({
  label,
  value,
  onChange,
  placeholder,
  hint,
}: {
  label: string;
  value: Json | undefined;
  onChange: (value: string | undefined) => void;
  placeholder?: string;
  hint?: ReactNode;
}) {
  return (
    <label>
      {label}
      <input
        className="field"
        value={shown(value)}
        placeholder={placeholder}
        onChange={(event) => onChange(event.target.value === '' ? undefined : event.target.value)}
      />
      {hint}
    </label>
  );
}

function numberIn(text: string): Json | undefined {
  try {
    const value = parseJson(text);
    return typeof value === 'number' || isExactNumber(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function NumberField({
  label,
  value,
  onChange,
  placeholder,
  hint,
}: {
  label: string;
  value: Json | undefined;
  onChange: (value: Json | undefined) => void;
  placeholder?: string;
  hint?: ReactNode;
}) {
  const [typed, setTyped] = useState<string>();
  const isWrong = typed !== undefined && typed.trim() !== '' && numberIn(typed) === undefined;
  return (
    <label>
      {label}
      <input
        className="field number"
        inputMode="decimal"
        aria-invalid={isWrong}
        placeholder={placeholder}
        value={
          isWrong
            ? typed
            : typed !== undefined && shown(numberIn(typed)) === shown(value)
              ? typed
              : shown(value)
        }
        onChange={(event) => {
          const text = event.target.value;
          setTyped(text);
          const read = numberIn(text);
          if (text.trim() === '' || read !== undefined) {
            onChange(read);
          }
        }}
        onBlur={() => setTyped(undefined)}
      />
      {isWrong ? <span className="bad-text">A number is expected.</span> : hint}
    </label>
  );
}

export function Check({
  label,
  value,
  onChange,
}: {
  label: string;
  value: Json | undefined;
  onChange: (value: true | undefined) => void;
}) {
  return (
    <label className="check">
      <input
        type="checkbox"
        checked={value === true}
        onChange={(event) => onChange(event.target.checked ? true : undefined)}
      />
      {label}
    </label>
  );
}

export function Choice({
  label,
  value,
  options,
  onChange,
  isHidden = false,
}: {
  label: string;
  value: string;
  options: { value: string; label: string }[];
  onChange: (value: string) => void;
  isHidden?: boolean;
}) {
  const isKnown = options.some((one) => one.value === value);
  const select = (
    <select
      className="field"
      aria-label={isHidden ? label : undefined}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    >
      {options.map((one) => (
        <option key={one.value} value={one.value}>
          {one.label}
        </option>
      ))}
      {isKnown ? null : <option value={value}>{value} (is not there)</option>}
    </select>
  );
  return isHidden ? (
    select
  ) : (
    <label>
      {label}
      {select}
    </label>
  );
}
