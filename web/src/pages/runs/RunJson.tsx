// Values of a run as JSON: shown as text, long ones cut.
import { useId, useMemo } from 'react';
import { asObject, type Json as JsonValue } from '../../parts/json';
import { CopyButton } from '../../parts/Parts';

const textMax = 200 * 1024;

// At most 200 KB of a text, and how much it has in all.
export function cut(text: string) {
  return text.length <= textMax
    ? { text, isCut: false }
    : { text: `${text.slice(0, textMax)}…`, isCut: true };
}

// Of an input, what was given; what Tartan adds to every input is folded away below.
export function Input({ title, value }: { title: string; value: unknown }) {
  const all = Object.entries(asObject((value ?? {}) as JsonValue));
  const isAdded = ([name]: [string, unknown]) => name.startsWith('swf:');
  const added = all.filter(isAdded);
  return (
    <div className="stack run-input">
      <Json title={title} value={Object.fromEntries(all.filter((one) => !isAdded(one)))} />
      {added.length > 0 ? (
        <details>
          <summary>Added by the run</summary>
          <Json title={`${title}, added by the run`} value={Object.fromEntries(added)} />
        </details>
      ) : null}
    </div>
  );
}

export function Json({ title, value }: { title: string; value: unknown }) {
  const id = useId();
  const whole = useMemo(() => JSON.stringify(value ?? null, null, 2), [value]);
  const { text, isCut } = cut(whole);
  return (
    <div className="run-json">
      <div className="spread">
        <h3 id={id}>{title}</h3>
        <CopyButton text={whole} />
      </div>
      <pre tabIndex={0} aria-labelledby={id} role="region">
        {text}
      </pre>
      {isCut ? (
        <div className="soft">
          Only the first 200 KB of {Math.ceil(whole.length / 1024).toLocaleString()} KB are shown;
          Copy takes all of it.
        </div>
      ) : null}
    </div>
  );
}
