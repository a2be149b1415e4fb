// The configuration of a task by its type. What a form does not show stays as it is.
import { ExpressionField, type Readable } from '../../parts/ExpressionField';
import { ExpressionRows } from '../../parts/ExpressionRows';
import { asList, asObject, asText, isObject, type Json } from '../../parts/json';
import { span } from './Brief';
import { branchesOf, type Task } from './definition';
import { Marked } from '../../parts/Marked';
import { Check, Choice, NumberField, TextField, type Set } from './fields';

interface FormProps {
  task: Task;
  set: Set;
  readable: Readable;
}

const waits = [
  { value: 'seconds', label: 'for a number of seconds' },
  { value: 'secondsExpression', label: 'for seconds that an expression gives' },
  { value: 'timestamp', label: 'until a time' },
  { value: 'timestampExpression', label: 'until a time that an expression gives' },
];

export function WaitForm({ task, set, readable }: FormProps) {
  const own = {
    names: { ...asObject(task.inputParameters), ...readable.names },
    values: readable.values,
  };
  const kind =
    waits.find(({ value }) => task[value] !== undefined && task[value] !== null)?.value ??
    'seconds';
  const choose = (next: string) => {
    const usual: { [name: string]: Json } = {
      seconds: 60,
      secondsExpression: '${workflow.input.seconds}',
      timestamp: new Date(Date.now() + 3600_000).toISOString().replace(/\.\d+Z/, 'Z'),
      timestampExpression: '${workflow.input.until}',
    };
    set(
      Object.fromEntries(
        waits.map(({ value }) => [value, value === next ? usual[next] : undefined]),
      ),
    );
  };
  return (
    <div className="stack">
      <Choice label="Wait" value={kind} options={waits} onChange={choose} />
      <Marked at={`/${kind}`}>
        {kind === 'seconds' ? (
          <NumberField
            label="Seconds"
            value={task.seconds}
            onChange={(seconds) => set({ seconds })}
            hint={typeof task.seconds === 'number' && task.seconds >= 60 ? span(task.seconds) : ''}
          />
        ) : kind === 'timestamp' ? (
          <TextField
            label="Time, with its offset"
            placeholder="2027-03-01T09:00:00+01:00"
            value={task.timestamp}
            onChange={(timestamp) => set({ timestamp })}
          />
        ) : (
          <div>
            <div className="soft">
              {kind === 'secondsExpression'
                ? 'Expression for the seconds'
                : 'Expression for the time'}
            </div>
            <ExpressionField
              label={
                kind === 'secondsExpression'
                  ? 'Expression for the seconds'
                  : 'Expression for the time'
              }
              value={asText(task[kind])}
              onChange={(text) => set({ [kind]: text })}
              readable={own}
            />
          </div>
        )}
      </Marked>
    </div>
  );
}

export function TerminateForm({ task, set, readable }: FormProps) {
  return (
    <div className="stack">
      <Choice
        label="The workflow ends as"
        value={asText(task.terminationStatus)}
        options={[
          { value: 'Completed', label: 'Completed' },
          { value: 'Failed', label: 'Failed' },
        ]}
        onChange={(terminationStatus) => set({ terminationStatus })}
      />
      <div className="soft">Output of the workflow; without it the task’s input is the output.</div>
      <Marked at="/workflowOutput">
        <ExpressionRows
          label="Output of the workflow"
          noun="output"
          value={asObject(task.workflowOutput)}
          onChange={(workflowOutput) => set({ workflowOutput })}
          readable={readable}
        />
      </Marked>
    </div>
  );
}

export function ParallelForm({
  task,
  onOpen,
  onAdd,
  onRemove,
}: {
  task: Task;
  onOpen: (index: number, name: string) => void;
  onAdd: () => void;
  onRemove: (index: number) => void;
}) {
  const shown = branchesOf(task);
  return (
    <div className="stack">
      <p className="soft">
        The branches run at the same time. When all have ended, their outputs are a list in this
        order.
      </p>
      {shown.length === 0 ? <div className="soft">No branch yet.</div> : null}
      {shown.map(({ index, branch }) => {
        const names = Object.keys(branch.tasks);
        const first = Object.hasOwn(branch.tasks, branch.startTask) ? branch.startTask : names[0];
        return (
          <div key={index} className="spread">
            <span>
              <strong>Branch {index + 1}</strong>{' '}
              <span className="soft">
                {names.length === 0
                  ? 'no task yet'
                  : names.length === 1
                    ? names[0]
                    : `${first} and ${names.length - 1} more`}
              </span>
            </span>
            <span className="row">
              {first !== undefined ? (
                <button type="button" className="button" onClick={() => onOpen(index, first)}>
                  Open {first}
                </button>
              ) : null}
              <button
                type="button"
                className="button"
                aria-label={`Remove branch ${index + 1}`}
                onClick={() => onRemove(index)}
              >
                Remove
              </button>
            </span>
          </div>
        );
      })}
      {asList(task.branches).length > shown.length ? (
        <div className="note warn">A branch has no object of tasks; the JSON tab shows it.</div>
      ) : null}
      <div>
        <button type="button" className="button" onClick={onAdd}>
          Add a branch
        </button>
      </div>
    </div>
  );
}

export function SimpleForm() {
  return (
    <div className="stack">
      <p>
        The run waits here until someone completes or fails the task: a person on the page Tasks, or
        a program.
      </p>
      <ul className="soft">
        <li>
          A worker takes it with <code>POST /api/tasks/poll</code> and this task’s name.
        </li>
        <li>
          <code>POST /api/workflows/…/tasks/…/complete</code> with <code>{'{"output": {…}}'}</code>{' '}
          goes on, <code>…/fail</code> with <code>{'{"reason": "…"}'}</code> fails the run.
        </li>
      </ul>
    </div>
  );
}

function statusesIn(text: string): Json | undefined {
  const all = text.split(/[\s,]+/).filter((one) => one !== '');
  return all.length === 0 ? undefined : all.map((one) => (/^\d{3}$/.test(one) ? Number(one) : one));
}

// What an Http task has beside its request.
export function HttpLimits({ task, set }: Omit<FormProps, 'readable'>) {
  const statuses = asList(task.successStatuses);
  return (
    <details className="more">
      <summary>Time limits and what counts as success</summary>
      <div className="stack">
        <div className="form-grid">
          <Marked at="/connectionTimeoutSeconds">
            <NumberField
              label="Connection timeout, seconds"
              placeholder="5"
              value={task.connectionTimeoutSeconds}
              onChange={(value) => set({ connectionTimeoutSeconds: value })}
            />
          </Marked>
          <Marked at="/readTimeoutSeconds">
            <NumberField
              label="Read timeout, seconds"
              placeholder="10"
              value={task.readTimeoutSeconds}
              onChange={(value) => set({ readTimeoutSeconds: value })}
            />
          </Marked>
        </div>
        {statuses.some((one) => isObject(one) || Array.isArray(one)) ? null : (
          <Marked at="/successStatuses">
            <label>
              Further statuses that complete the task, beside 2xx
              <input
                className="field"
                key={JSON.stringify(statuses)}
                defaultValue={statuses.map(String).join(', ')}
                placeholder="404, 3xx"
                onBlur={(event) => {
                  const next = statusesIn(event.target.value);
                  if (JSON.stringify(next ?? []) !== JSON.stringify(statuses)) {
                    set({ successStatuses: next });
                  }
                }}
              />
            </label>
          </Marked>
        )}
        <Check
          label="Sending it twice does no harm"
          value={task.idempotent}
          onChange={(idempotent) => set({ idempotent })}
        />
      </div>
    </details>
  );
}
