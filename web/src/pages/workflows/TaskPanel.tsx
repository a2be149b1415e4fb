// One task, configured beside the graph. What no form shows is in the JSON tab, whole.
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { Tabs } from 'radix-ui';
import { useState } from 'react';
import { api, data } from '../../api/client';
import type { Need } from '../../http-task/Credentials';
import { JsonField, Request, type Json, type Task } from '../../http-task/Request';
import { Failure, Method } from '../../parts/Parts';
import { Hits, searchQuery } from '../catalogue/Hits';
import { Reference } from '../catalogue/Reference';
import { prepareQuery } from '../catalogue/TryIt';
import type { Definition } from './definition';

interface TaskPanelProps {
  definitionId: string;
  definition: Definition;
  name: string;
  task: Task;
  onChange: (task: Task) => void;
  needs: Need[];
  onPrepared: (wanted: string, task: Task, needs: Need[]) => void;
  onRename: (to: string) => void;
  onRemove: () => void;
}

function text(value: Json | undefined) {
  return typeof value === 'string' ? value : '';
}

function Field({
  label,
  value,
  onChange,
  type = 'text',
}: {
  label: string;
  value: Json | undefined;
  onChange: (value: Json | undefined) => void;
  type?: 'text' | 'number';
}) {
  return (
    <label>
      {label}
      <input
        className="field"
        type={type}
        value={value === undefined || value === null ? '' : String(value)}
        onChange={(event) => {
          const typed = event.target.value;
          onChange(typed === '' ? undefined : type === 'number' ? Number(typed) : typed);
        }}
      />
    </label>
  );
}

// An Http task's API: search it, click its name, and the request is prepared.
function ApiField({
  task,
  onPrepared,
}: {
  task: Task;
  onPrepared: (name: string, task: Task, needs: Need[]) => void;
}) {
  const [q, setQ] = useState('');
  const found = useQuery({
    ...searchQuery({ q }),
    enabled: q.trim() !== '',
    placeholderData: keepPreviousData,
  });
  const [index, setIndex] = useState(0);
  const prepare = useMutation({
    mutationFn: (operationId: string) => prepareQuery(operationId).queryFn(),
    onSuccess: (prepared) => {
      setQ('');
      onPrepared(prepared.name, prepared.task as Task, prepared.credentials);
    },
  });
  const paste = useMutation({
    mutationFn: (command: string) => data(api.POST('/api/http-task/from-curl', { body: { command } })),
    onSuccess: (prepared) => {
      setQ('');
      onPrepared(prepared.name, prepared.task as Task, prepared.credentials);
    },
  });
  const catalog = (task.metadata as { catalog?: { method?: string; path?: string; api?: string } } | undefined)?.catalog;
  const hits = q.trim() === '' ? [] : (found.data?.content ?? []).slice(0, 12);
  return (
    <div className="stack" style={{ gap: 4 }}>
      {catalog ? (
        <div className="row">
          <span className="soft">API</span> <Method name={catalog.method ?? ''} />
          <code>{catalog.path}</code> <span className="soft">{catalog.api}</span>
        </div>
      ) : null}
      <input
        className="field"
        type="search"
        aria-label="Search an API"
        placeholder={catalog ? 'Choose another API, or paste a curl command' : 'Search an API, or paste a curl command'}
        autoFocus={!catalog}
        value={q}
        onChange={(event) => {
          setQ(event.target.value);
          setIndex(0);
        }}
        onPaste={(event) => {
          const pasted = event.clipboardData.getData('text');
          if (/^\s*curl\s/.test(pasted)) {
            event.preventDefault();
            paste.mutate(pasted);
          }
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
            event.preventDefault();
            const step = event.key === 'ArrowDown' ? 1 : -1;
            setIndex(Math.max(0, Math.min(hits.length - 1, index + step)));
          } else if (event.key === 'Enter' && hits[index]) {
            event.preventDefault();
            prepare.mutate(hits[index].id);
          } else if (event.key === 'Escape') {
            setQ('');
          }
        }}
      />
      <Failure error={prepare.error ?? paste.error ?? found.error} />
      {q.trim() !== '' ? (
        <div className="note" style={{ padding: 0, maxHeight: 320, overflow: 'auto' }}>
          <Hits
            hits={hits}
            selected={hits[index]?.id}
            onSelect={(at) => hits[at] && prepare.mutate(hits[at].id)}
            typed={q}
            isReady={found.isSuccess}
          />
        </div>
      ) : null}
    </div>
  );
}

export function TaskPanel(props: TaskPanelProps) {
  const { name, task, definition, onChange } = props;
  const [title, setTitle] = useState(name);
  const set = (part: Task | { [field: string]: undefined }) => {
    const next = Object.entries({ ...task, ...part }).filter(([, value]) => value !== undefined);
    onChange(Object.fromEntries(next) as Task);
  };
  const others = Object.keys(definition.tasks).filter((one) => one !== name);
  const isHttp = task.type === 'Http';
  const operation = (task.metadata as { catalog?: { operation?: string } } | undefined)?.catalog?.operation;
  const isTaken = title !== name && Object.hasOwn(definition.tasks, title);

  const usePrepared = (wanted: string, prepared: Task, found: Need[]) => {
    const { end: _, nextTask: __, ...made } = prepared;
    const route = Object.fromEntries(
      Object.entries(task).filter(([field]) => field === 'end' || field === 'nextTask'),
    );
    props.onPrepared(wanted, { ...made, ...route }, found);
  };

  return (
    <div className="stack">
      <div className="spread">
        <input
          className="field"
          aria-label="Name of the task"
          value={title}
          style={{ fontWeight: 600 }}
          onChange={(event) => setTitle(event.target.value)}
          onBlur={() => title !== name && title.trim() !== '' && !isTaken && props.onRename(title)}
          onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
        />
        <span className="soft">{text(task.type)}</span>
        <button type="button" className="button" onClick={props.onRemove}>
          Delete task
        </button>
      </div>
      {isTaken ? <div className="note warn">Another task has this name.</div> : null}
      <Tabs.Root defaultValue={isHttp ? 'request' : 'general'}>
        <Tabs.List className="tabs" aria-label="Configuration">
          {isHttp ? <Tabs.Trigger value="request">Request</Tabs.Trigger> : null}
          {isHttp && operation ? <Tabs.Trigger value="reference">Reference</Tabs.Trigger> : null}
          <Tabs.Trigger value="general">General</Tabs.Trigger>
          <Tabs.Trigger value="input">Input parameters</Tabs.Trigger>
          <Tabs.Trigger value="retry">Retry</Tabs.Trigger>
          <Tabs.Trigger value="routing">Routing</Tabs.Trigger>
          <Tabs.Trigger value="json">JSON</Tabs.Trigger>
        </Tabs.List>
        <div style={{ paddingTop: 12 }}>
          {isHttp ? (
            <Tabs.Content value="request" className="stack">
              <ApiField task={task} onPrepared={usePrepared} />
              <Request
                task={task}
                onChange={onChange}
                sampleKey={`${props.definitionId} ${name}`}
                needs={props.needs}
              />
            </Tabs.Content>
          ) : null}
          {operation ? (
            <Tabs.Content value="reference">
              <Reference operationId={operation} />
            </Tabs.Content>
          ) : null}
          <Tabs.Content value="general" className="stack">
            <Field label="Description" value={task.description} onChange={(description) => set({ description } as Task)} />
            {task.type === 'Wait' ? (
              <Field label="Seconds" type="number" value={task.seconds} onChange={(seconds) => set({ seconds } as Task)} />
            ) : null}
            {isHttp ? (
              <>
                <Field
                  label="Connection timeout, seconds"
                  type="number"
                  value={task.connectionTimeoutSeconds}
                  onChange={(value) => set({ connectionTimeoutSeconds: value } as Task)}
                />
                <Field
                  label="Read timeout, seconds"
                  type="number"
                  value={task.readTimeoutSeconds}
                  onChange={(value) => set({ readTimeoutSeconds: value } as Task)}
                />
              </>
            ) : null}
          </Tabs.Content>
          <Tabs.Content value="input">
            <JsonField
              label="Input parameters"
              value={task.inputParameters}
              onChange={(inputParameters) => set({ inputParameters } as Task)}
            />
          </Tabs.Content>
          <Tabs.Content value="retry">
            <JsonField label="Retry" value={task.retry} onChange={(retry) => set({ retry } as Task)} />
          </Tabs.Content>
          <Tabs.Content value="routing" className="stack">
            {task.type === 'Decision' ? (
              <JsonField label="Choices" value={task.choices} onChange={(choices) => set({ choices } as Task)} />
            ) : null}
            <label>
              {task.type === 'Decision' ? 'Otherwise' : 'Next task'}
              <select
                className="field"
                value={text(task.type === 'Decision' ? task.defaultTask : task.nextTask)}
                onChange={(event) => {
                  const to = event.target.value;
                  if (task.type === 'Decision') {
                    set({ defaultTask: to || undefined } as Task);
                  } else {
                    set({ nextTask: to || undefined, end: to ? undefined : true } as Task);
                  }
                }}
              >
                <option value="">the workflow ends</option>
                {others.map((one) => (
                  <option key={one}>{one}</option>
                ))}
              </select>
            </label>
          </Tabs.Content>
          <Tabs.Content value="json">
            <JsonField
              label="The task as JSON"
              value={task}
              onChange={(value) => {
                if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
                  onChange(value);
                }
              }}
            />
          </Tabs.Content>
        </div>
      </Tabs.Root>
    </div>
  );
}
