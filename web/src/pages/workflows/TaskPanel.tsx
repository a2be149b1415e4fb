// One task, configured beside the graph by forms. What no form shows is in the JSON tab, whole.
import { useQuery } from '@tanstack/react-query';
import { Tabs } from 'radix-ui';
import {
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  type ReactNode,
  type RefObject,
} from 'react';
import type { Need } from '../../http-task/Credentials';
import { JsonField } from '../../http-task/JsonField';
import { sampleKeyOf } from '../../http-task/answers';
import { Request } from '../../http-task/Request';
import { ExpressionRows } from '../../parts/ExpressionRows';
import { asObject, asText, isObject, withFields, type Json } from '../../parts/json';
import { isMarked, Marked, Problems } from '../../parts/Marked';
import { Reference } from '../catalogue/Reference';
import { prepareQuery } from '../catalogue/TryIt';
import { ApiField, type Prepared } from './ApiField';
import {
  branchOf,
  placeOf,
  scopeAt,
  split,
  tasksOf,
  type Definition,
  type Task,
} from './definition';
import type { Wish } from './EditorPage';
import { addBranch, removeBranch } from './edits';
import { TextField, type Set } from './fields';
import { RetryForm } from './RetryForm';
import { RoutingForm } from './RoutingForm';
import type { Samples } from './samples';
import { HttpLimits, ParallelForm, SimpleForm, TerminateForm, WaitForm } from './TypeForms';

interface TaskPanelProps {
  definitionId: string;
  definition: Definition;
  place: string;
  task: Task;
  samples: Samples;
  needs: Need[];
  // Set when the panel is to take the focus.
  wantsFocus: RefObject<Wish>;
  onChange: (task: Task) => void;
  onDefinition: (definition: Definition) => void;
  // What the preparation of the request has to say.
  warnings: string[];
  onPrepared: (made: Prepared) => void;
  onRename: (to: string) => void;
  onRemove: () => void;
  onSelect: (place: string) => void;
  onErrorHandling: () => void;
}

// Which tab holds the fields of a part of the task.
const tabs = {
  input: ['/inputParameters'],
  retry: ['/retry'],
  routing: ['/nextTask', '/end', '/choices', '/defaultTask'],
  general: ['/description', '/metadata'],
};
const elsewhere = Object.values(tabs).flat();

function tabOf(pointer: string): string {
  const at = Object.entries(tabs).find(([, parts]) => isMarked([{ pointer, message: '' }], parts));
  return at?.[0] ?? 'configuration';
}

function Tab({ value, children }: { value: string; children: ReactNode }) {
  const found = useContext(Problems);
  const isWrong =
    value in tabs
      ? isMarked(found, tabs[value as keyof typeof tabs])
      : value === 'configuration' &&
        found.some((one) => one.pointer !== '' && !isMarked([one], elsewhere));
  return (
    <Tabs.Trigger value={value} className={isWrong ? 'wrong' : ''}>
      {children}
      {isWrong ? <span className="visually-hidden"> (has a problem)</span> : null}
    </Tabs.Trigger>
  );
}

function TaskName({
  definition,
  name,
  onRename,
}: {
  definition: Definition;
  name: string;
  onRename: (to: string) => void;
}) {
  const [title, setTitle] = useState(name);
  const [last, setLast] = useState(name);
  if (last !== name) {
    setLast(name);
    setTitle(name);
  }
  const isTaken =
    title.trim() !== name && tasksOf(definition).some((one) => one.name === title.trim());
  return (
    <div style={{ flex: 1 }}>
      <input
        className="field"
        aria-label="Name of the task"
        aria-invalid={isTaken}
        value={title}
        style={{ fontWeight: 600 }}
        data-name=""
        dir="auto"
        onChange={(event) => setTitle(event.target.value)}
        onBlur={() => {
          if (title.trim() === name || title.trim() === '' || isTaken) {
            setTitle(name);
          } else {
            onRename(title.trim());
          }
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') {
            event.currentTarget.blur();
          } else if (event.key === 'Escape') {
            setTitle(name);
          }
        }}
      />
      {isTaken ? (
        <div role="status" className="bad-text">
          Another task has this name.
        </div>
      ) : null}
    </div>
  );
}

// A task that the prepared one replaces keeps its routes.
function withRoutesOf(task: Task, prepared: Task): Task {
  const { end: _, nextTask: __, ...made } = prepared;
  return withFields(made, { end: task.end, nextTask: task.nextTask });
}

export function TaskPanel(props: TaskPanelProps) {
  const { definition, place, task, samples, onChange, wantsFocus } = props;
  const { scope, name } = split(place);
  const panel = useRef<HTMLDivElement>(null);
  const type = asText(task.type);
  const isHttp = type === 'Http';
  const operation = asText(asObject(asObject(task.metadata).catalog).operation);
  const [tab, setTab] = useState(
    isHttp || type === 'Wait' || type === 'Parallel' || type === 'Terminate'
      ? 'configuration'
      : type === 'Decision'
        ? 'routing'
        : 'input',
  );
  const found = useContext(Problems);
  // After every render: what asks for the focus is no state.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  useEffect(() => {
    const wish = wantsFocus.current;
    if (wish?.place !== place) {
      return;
    }
    const wanted = wish.pointer === undefined ? tab : tabOf(wish.pointer);
    if (wanted !== tab) {
      setTab(wanted);
      return;
    }
    wantsFocus.current = undefined;
    // What is wrong, or what is to be filled in first: the API, the request, or the name.
    const fields = ['[data-first]', '[aria-label="URL"]', '[data-name]'];
    [...(wish.pointer === undefined ? [] : ['[aria-invalid="true"]']), ...fields]
      .map((one) => panel.current?.querySelector<HTMLElement>(`${one}:not([hidden] *)`))
      .find(Boolean)
      ?.focus();
  });
  // What the API of a task that was prepared earlier asks for, as long as nothing is chosen.
  const asked = useQuery({
    ...prepareQuery(operation),
    enabled: operation !== '' && props.needs.length === 0 && task.credentials === undefined,
    retry: false,
  });
  const needs = props.needs.length > 0 ? props.needs : (asked.data?.credentials ?? []);
  const set: Set = (fields) => onChange(withFields(task, fields));
  const readable = useMemo(() => samples.ofTask(place), [samples, place]);
  const forms = { task, set, readable };
  const outputs = samples.outputs;

  return (
    <div className="stack" ref={panel}>
      <div className="row">
        <TaskName definition={definition} name={name} onRename={props.onRename} />
        <span className="soft">{type}</span>
        <button type="button" className="button" onClick={props.onRemove}>
          Delete task
        </button>
      </div>
      {found
        .filter(({ pointer }) => pointer === '')
        .map(({ message, hint }) => (
          <div key={message} className="bad-text">
            {[message, hint].filter(Boolean).join('; ')}
          </div>
        ))}
      <Tabs.Root value={tab} onValueChange={setTab} activationMode="manual">
        <Tabs.List className="tabs" aria-label="Settings of the task">
          <Tab value="general">General</Tab>
          <Tab value="input">Input parameters</Tab>
          {type === 'Decision' ? null : (
            <Tab value="configuration">
              {type === 'Simple'
                ? 'Task processor'
                : type === 'Terminate'
                  ? 'Workflow output'
                  : 'Configuration'}
            </Tab>
          )}
          {operation ? <Tab value="reference">Reference</Tab> : null}
          {isHttp ? <Tab value="retry">Retry</Tab> : null}
          {type === 'Terminate' ? null : <Tab value="routing">Routing</Tab>}
          <Tab value="json">JSON</Tab>
        </Tabs.List>
        <Tabs.Content value="general" className="stack">
          <TextField
            label="Description"
            value={task.description}
            onChange={(description) => set({ description })}
          />
          <div className="soft">
            {scope === ''
              ? 'A task of the workflow'
              : `A task of branch ${Number(scope.slice(scope.lastIndexOf('/') + 1)) + 1} of ${split(scope.slice(0, scope.lastIndexOf('/branches/'))).name}`}
            {scopeAt(definition, scope)?.startTask === name ? ', and its first.' : '.'}
          </div>
        </Tabs.Content>
        <Tabs.Content value="input" className="stack">
          <p className="soft">
            What the task is given. A value can read <code>{'${workflow.input.name}'}</code>, other
            tasks and variables; type <code>$</code> for what there is.
          </p>
          <Marked at="/inputParameters">
            <ExpressionRows
              label="Input parameters"
              noun="input parameter"
              value={asObject(task.inputParameters)}
              onChange={(inputParameters) => set({ inputParameters })}
              readable={readable}
            />
          </Marked>
        </Tabs.Content>
        {/* Always there: what is typed and can't be read yet, and a test under way, stay. */}
        <Tabs.Content
          value="configuration"
          className="stack"
          forceMount
          hidden={tab !== 'configuration'}
        >
          {type === 'Decision' ? null : isHttp ? (
            <>
              <ApiField
                task={task}
                onPrepared={(made) =>
                  props.onPrepared({ ...made, task: withRoutesOf(task, made.task) })
                }
              />
              {props.warnings.map((one) => (
                <div key={one} className="note warn">
                  {one}
                </div>
              ))}
              <Request
                task={task}
                onChange={onChange}
                sampleKey={sampleKeyOf(props.definitionId, name)}
                needs={needs}
                readable={readable}
                root={`${/^[A-Za-z_]\w*$/.test(name) ? name : `['${name.replaceAll("'", "\\'")}']`}.output.body`}
                onUse={(answer) => samples.keepOutput(name, answer as unknown as Json)}
                isUsed={(answer) =>
                  Object.hasOwn(outputs, name) &&
                  JSON.stringify(outputs[name]) === JSON.stringify(answer)
                }
              >
                <HttpLimits task={task} set={set} />
              </Request>
            </>
          ) : type === 'Wait' ? (
            <WaitForm {...forms} />
          ) : type === 'Terminate' ? (
            <TerminateForm {...forms} />
          ) : type === 'Parallel' ? (
            <ParallelForm
              task={task}
              onOpen={(index, first) => props.onSelect(placeOf(branchOf(place, index), first))}
              onAdd={() => props.onDefinition(addBranch(definition, place))}
              onRemove={(index) => props.onDefinition(removeBranch(definition, place, index))}
            />
          ) : (
            <SimpleForm />
          )}
        </Tabs.Content>
        {operation ? (
          <Tabs.Content value="reference">
            <Reference operationId={operation} isInside />
          </Tabs.Content>
        ) : null}
        <Tabs.Content value="retry">
          <Marked at="/retry">
            <RetryForm task={task} set={set} />
          </Marked>
        </Tabs.Content>
        <Tabs.Content value="routing">
          <RoutingForm
            name={name}
            task={task}
            scope={scopeAt(definition, scope)!}
            isBranch={scope !== ''}
            readable={samples.ofCondition(place)}
            failureWorkflow={definition.failureWorkflow}
            onErrorHandling={props.onErrorHandling}
            set={set}
          />
        </Tabs.Content>
        <Tabs.Content value="json" className="task-json">
          <JsonField
            label="The task as JSON"
            value={task}
            names={readable.names}
            onChange={(value) => {
              if (isObject(value)) {
                onChange(value);
              }
            }}
          />
        </Tabs.Content>
      </Tabs.Root>
    </div>
  );
}
