// Where a task leads: the next task, or the choices of a Decision in their order.
import { ExpressionField, type Readable } from '../../parts/ExpressionField';
import { asList, asText, isObject, type Json } from '../../parts/json';
import type { Scope, Task } from './definition';
import { Marked } from '../../parts/Marked';
import { Choice, type Set } from './fields';

interface RoutingProps {
  name: string;
  task: Task;
  scope: Scope;
  isBranch: boolean;
  readable: Readable;
  failureWorkflow: Json | undefined;
  onErrorHandling: () => void;
  set: Set;
}

export function RoutingForm(props: RoutingProps) {
  const { name, task, scope, isBranch, set } = props;
  const targets = Object.keys(scope.tasks)
    .filter((one) => one !== name)
    .map((value) => ({ value, label: value }));
  const ending = isBranch ? 'the branch ends' : 'the workflow ends';
  return (
    <div className="stack">
      {task.type === 'Decision' ? (
        <Choices {...props} targets={[{ value: name, label: `${name} (itself)` }, ...targets]} />
      ) : (
        <Marked at="/nextTask">
          <Choice
            label="Next task"
            value={asText(task.nextTask)}
            options={[
              {
                value: '',
                label: task.type === 'Parallel' ? 'choose where the branches meet' : ending,
              },
              ...targets,
            ]}
            onChange={(to) => {
              const isEnd = to === '' && task.type !== 'Parallel';
              set({ nextTask: to || undefined, end: isEnd ? true : undefined });
            }}
          />
        </Marked>
      )}
      <div className="note">
        When this task fails{task.type === 'Http' ? ' after its last attempt' : ''}, the run fails
        {isBranch ? ' and the other branches are cancelled' : ''}
        {typeof props.failureWorkflow === 'string'
          ? '; then the failure workflow starts.'
          : '.'}{' '}
        <button type="button" className="button plain" onClick={props.onErrorHandling}>
          Error handling of the workflow
        </button>
      </div>
    </div>
  );
}

function Choices({
  task,
  readable,
  set,
  targets,
}: RoutingProps & { targets: { value: string; label: string }[] }) {
  const choices = asList(task.choices);
  const keep = (next: Json[]) => set({ choices: next });
  const swap = (a: number, b: number) =>
    keep(choices.map((one, i) => (i === a ? choices[b]! : i === b ? choices[a]! : one)));
  return (
    <>
      <p className="soft">
        The first condition that is true decides. JavaScript: <code>$</code> is what the task before
        gave; also <code>input</code>, <code>workflow</code>, <code>variables</code> and{' '}
        <code>tasks</code>.
      </p>
      {choices.map((choice, index) =>
        isObject(choice) ? (
          <div key={index} className="choice" role="group" aria-label={`Choice ${index + 1}`}>
            <Marked at={`/choices/${index}/condition`}>
              <ExpressionField
                label={`Condition ${index + 1}`}
                language="javascript"
                placeholder="$.body.items.length > 0"
                value={asText(choice.condition)}
                onChange={(condition) =>
                  keep(choices.map((one, i) => (i === index ? { ...choice, condition } : one)))
                }
                readable={readable}
              />
            </Marked>
            <Marked at={`/choices/${index}/nextTask`}>
              <div className="row">
                <span className="soft" aria-hidden>
                  →
                </span>
                <Choice
                  label={`Task when condition ${index + 1} is true`}
                  isHidden
                  value={asText(choice.nextTask)}
                  options={[{ value: '', label: 'choose a task' }, ...targets]}
                  onChange={(nextTask) =>
                    keep(choices.map((one, i) => (i === index ? { ...choice, nextTask } : one)))
                  }
                />
                <button
                  type="button"
                  className="button plain"
                  aria-label={`Move condition ${index + 1} up`}
                  disabled={index === 0}
                  onClick={() => swap(index, index - 1)}
                >
                  ↑
                </button>
                <button
                  type="button"
                  className="button plain"
                  aria-label={`Move condition ${index + 1} down`}
                  disabled={index === choices.length - 1}
                  onClick={() => swap(index, index + 1)}
                >
                  ↓
                </button>
                <button
                  type="button"
                  className="button plain"
                  aria-label={`Remove condition ${index + 1}`}
                  onClick={() => keep(choices.filter((_, i) => i !== index))}
                >
                  ✕
                </button>
              </div>
            </Marked>
          </div>
        ) : (
          <div key={index} className="note warn">
            Choice {index + 1} is no object; the JSON tab shows it.
          </div>
        ),
      )}
      <Marked at="/choices" isExact>
        <div>
          <button
            type="button"
            className="button"
            onClick={() => keep([...choices, { condition: '', nextTask: targets[1]?.value ?? '' }])}
          >
            Add a condition
          </button>
        </div>
      </Marked>
      <Marked at="/defaultTask">
        <Choice
          label="Otherwise"
          value={asText(task.defaultTask)}
          options={[{ value: '', label: 'choose a task' }, ...targets]}
          onChange={(to) => set({ defaultTask: to || undefined })}
        />
      </Marked>
    </>
  );
}
