// How often and when an Http task is repeated, with the instants that follow from it.
import { asObject, withFields, type Json } from '../../parts/json';
import type { Task } from './definition';
import { Check, NumberField, type Set } from './fields';

const fields = [
  { name: 'maxAttempts', label: 'Further attempts', usual: 3 },
  { name: 'intervalSeconds', label: 'Wait before the second, seconds', usual: 1 },
  { name: 'backoffRate', label: 'Each wait is the one before times', usual: 2 },
  { name: 'maxIntervalSeconds', label: 'Longest wait, seconds', usual: 3600 },
  { name: 'jitter', label: 'Random share taken off a wait, 0 to 1', usual: 0 },
] as const;

const shownMax = 6;

function instants(retry: { [name: string]: Json }): number[] {
  const of = (name: string) => {
    const value = retry[name];
    return typeof value === 'number' ? value : fields.find((one) => one.name === name)!.usual;
  };
  const all = [0];
  let wait = of('intervalSeconds');
  for (let i = 0; i < Math.min(of('maxAttempts'), shownMax); ++i) {
    all.push(all.at(-1)! + Math.min(wait, of('maxIntervalSeconds')));
    wait *= of('backoffRate');
  }
  return all;
}

export function RetryForm({ task, set }: { task: Task; set: Set }) {
  const has = task.retry !== undefined && task.retry !== null;
  const retry = asObject(task.retry);
  const all = instants(retry);
  const more = typeof retry.maxAttempts === 'number' && retry.maxAttempts > shownMax;
  return (
    <div className="stack">
      <Check
        label="Repeat the request when it fails"
        value={has}
        onChange={(on) => set({ retry: on ? {} : undefined })}
      />
      {has ? (
        <>
          <div className="form-grid">
            {fields.map(({ name, label, usual }) => (
              <NumberField
                key={name}
                label={label}
                placeholder={String(usual)}
                value={retry[name]}
                onChange={(value) => set({ retry: withFields(retry, { [name]: value }) })}
              />
            ))}
          </div>
          <p className="soft">
            Attempts {all.map((at) => `${Number(at.toFixed(2))}`).join(', ')}
            {more ? ', …' : ''} seconds after the start, as long as the service does not answer or
            answers 408, 425, 429 or 5xx. A Retry-After that asks for longer counts.
          </p>
        </>
      ) : (
        <p className="soft">
          Without it the task fails at once, but for requests that may be repeated safely when their
          outcome is unknown.
        </p>
      )}
    </div>
  );
}
