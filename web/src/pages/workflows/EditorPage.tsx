// A workflow definition as graph and JSON, always in step: both show one value, and what one of
// them can't show stays in it untouched.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useBlocker, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { api, data, Problem, type Schemas } from '../../api/client';
import { isTyping } from '../../frame/Frame';
import type { Need } from '../../http-task/Credentials';
import type { Task } from '../../http-task/Request';
import { CodeEditor } from '../../parts/CodeEditor';
import { Failure } from '../../parts/Parts';
import { prepareQuery } from '../catalogue/TryIt';
import {
  addTask,
  asWritten,
  connect,
  freeName,
  isDefinition,
  rangeOf,
  removeTask,
  renameTask,
  taskAt,
  type Definition,
} from './definition';
import { Graph } from './Graph';
import { StartDialog } from './StartDialog';
import { TaskPanel } from './TaskPanel';
import { useHistory } from './useHistory';
import './workflows.css';
import '../catalogue/catalogue.css';

async function load(definitionId: string) {
  const { data: definition, response } = await api.GET('/api/workflow-definitions/{definitionId}', {
    params: { path: { definitionId } },
  });
  return { definition: definition as unknown as Definition, etag: response.headers.get('etag') ?? '' };
}

const print = (definition: Definition) => JSON.stringify(definition, null, 2);

export function EditorPage() {
  const { definitionId } = useParams({ from: '/inside/workflows/$definitionId' });
  const loaded = useQuery({
    queryKey: ['definition', definitionId],
    queryFn: () => load(definitionId),
    staleTime: Infinity,
  });
  if (!loaded.data) {
    return (
      <div className="page">
        <Failure error={loaded.error} />
      </div>
    );
  }
  return (
    <Editor
      key={`${definitionId} ${loaded.data.etag}`}
      definitionId={definitionId}
      initial={asWritten(loaded.data.definition)}
      etag={loaded.data.etag}
    />
  );
}

interface EditorProps {
  definitionId: string;
  initial: Definition;
  etag: string;
}

function Editor({ definitionId, initial, etag }: EditorProps) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const address = useSearch({ from: '/inside/workflows/$definitionId' });
  const history = useHistory(initial);
  const { now: definition, set } = history;
  const [showsJson, setShowsJson] = useState(false);
  const [text, setText] = useState(print(initial));
  const [broken, setBroken] = useState('');
  const [saved, setSaved] = useState({ text: print(initial), etag });
  // What the APIs of tasks prepared here ask for, by task.
  const [needs, setNeeds] = useState(new Map<string, Need[]>());
  const [isStarting, setStarting] = useState(false);
  const selected = address.task !== undefined && Object.hasOwn(definition.tasks, address.task) ? address.task : undefined;

  const change = (next: Definition) => {
    set(next);
    setText(print(next));
    setBroken('');
  };
  const typed = (json: string) => {
    setText(json);
    try {
      const value: unknown = JSON.parse(json);
      if (isDefinition(value)) {
        set(value);
        setBroken('');
      } else {
        setBroken('A definition is an object with "tasks", an object of tasks by name.');
      }
    } catch (error) {
      setBroken((error as Error).message);
    }
  };
  const go = (step: () => Definition | undefined) => {
    const next = step();
    if (next) {
      setText(print(next));
      setBroken('');
    }
  };
  const select = (task: string | undefined) =>
    void navigate({
      to: '/workflows/$definitionId',
      params: { definitionId },
      search: task === undefined ? {} : { task },
      replace: true,
      ignoreBlocker: true,
    });

  // Came from the catalogue with an operation to add.
  useEffect(() => {
    if (address.operation === undefined) {
      return;
    }
    const operation = address.operation;
    void prepareQuery(operation)
      .queryFn()
      .then(({ name, task, credentials }) => {
        const made = addTask(definition, name, task as Task, selected);
        change(made.definition);
        setNeeds(new Map(needs).set(made.name, credentials));
        select(made.name);
      });
    // Once for each arrival.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [address.operation]);

  const current = print(definition);
  const isChanged = broken !== '' || current !== saved.text;
  useBlocker({
    shouldBlockFn: () => isChanged && !window.confirm('Leave without saving? What you changed here is lost.'),
    enableBeforeUnload: () => isChanged,
  });

  const validation = useQuery({
    queryKey: ['validate', current],
    queryFn: ({ signal }) =>
      data(
        api.POST('/api/workflow-definitions/validate', {
          body: definition as unknown as Schemas['WorkflowDefinition'],
          signal,
        }),
      ),
    placeholderData: (last) => last,
  });
  const problems = useMemo(() => validation.data?.problems ?? [], [validation.data]);
  const problemsOfTask = useMemo(() => {
    const counts = new Map<string, number>();
    for (const { pointer } of problems) {
      const name = taskAt(pointer);
      if (name !== undefined) {
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
    }
    return counts;
  }, [problems]);
  const marks = useMemo(
    () =>
      broken
        ? []
        : problems.map((one) => ({
            ...rangeOf(text, one.pointer),
            severity: 'error' as const,
            message: [one.message, one.hint].filter(Boolean).join('; '),
          })),
    [problems, text, broken],
  );

  const save = useMutation({
    mutationFn: async ({ anyway }: { anyway: boolean }) => {
      await api.PUT('/api/workflow-definitions/{definitionId}', {
        params: { path: { definitionId }, header: anyway ? {} : { 'If-Match': saved.etag } },
        body: definition as unknown as Schemas['WorkflowDefinition'],
      });
      return load(definitionId);
    },
    onSuccess: (kept) => {
      setSaved({ text: current, etag: kept.etag });
      void queries.invalidateQueries({ queryKey: ['definitions'] });
    },
  });
  const isStale = save.error instanceof Problem && save.error.status === 412;

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const withControl = event.ctrlKey || event.metaKey;
      if (withControl && event.key === 's') {
        event.preventDefault();
        save.mutate({ anyway: false });
      } else if (withControl && event.key.toLowerCase() === 'z' && !isTyping(event.target)) {
        event.preventDefault();
        go(event.shiftKey ? history.redo : history.undo);
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  });

  const add = (type: string) => {
    const templates: Record<string, Task> = {
      Http: { type: 'Http', httpRequest: { method: 'GET', url: '' } },
      Wait: { type: 'Wait', seconds: 60 },
      Simple: { type: 'Simple' },
      Decision: { type: 'Decision', choices: [], defaultTask: definition.startTask },
      Terminate: { type: 'Terminate', terminationStatus: 'Completed' },
    };
    const made = addTask(definition, `New ${type} task`, templates[type] ?? { type }, selected);
    change(made.definition);
    select(made.name);
  };

  return (
    <div className="editor">
      <div className="toolbar">
        <input
          className="title"
          aria-label="Name of the workflow"
          value={definition.name}
          onChange={(event) => change({ ...definition, name: event.target.value })}
        />
        <span className="soft row">{isChanged ? 'not saved' : 'saved'}</span>
        <select
          className="field"
          style={{ width: 130 }}
          aria-label="Add a task"
          value=""
          onChange={(event) => add(event.target.value)}
        >
          <option value="">Add task…</option>
          {['Http', 'Decision', 'Wait', 'Simple', 'Terminate'].map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
        <button type="button" className="button" disabled={!history.canUndo} onClick={() => go(history.undo)}>
          Undo
        </button>
        <button type="button" className="button" disabled={!history.canRedo} onClick={() => go(history.redo)}>
          Redo
        </button>
        <span style={{ flex: 1 }} />
        <span className={`status ${problems.length > 0 ? 'bad' : 'good'}`} aria-live="polite">
          <span>{problems.length === 0 ? 'valid' : `${problems.length} problems`}</span>
        </span>
        <button type="button" className="button" aria-pressed={showsJson} onClick={() => setShowsJson(!showsJson)}>
          {showsJson ? 'Graph' : 'JSON'}
        </button>
        <button
          type="button"
          className="button"
          disabled={!isChanged || broken !== '' || save.isPending}
          onClick={() => save.mutate({ anyway: false })}
        >
          Save
        </button>
        <button
          type="button"
          className="button primary"
          disabled={isChanged}
          title={isChanged ? 'Save first: a run takes the saved version' : undefined}
          onClick={() => setStarting(true)}
        >
          Run
        </button>
      </div>
      <div className="canvas">
        {showsJson ? (
          <CodeEditor label="Definition as JSON" value={text} onChange={typed} problems={marks} />
        ) : (
          <Graph
            definition={definition}
            selected={selected}
            problems={problemsOfTask}
            onSelect={select}
            onMove={(name, position) => {
              const task = definition.tasks[name]!;
              const metadata = { ...(task.metadata as Task | undefined), position: { ...position } };
              change({ ...definition, tasks: { ...definition.tasks, [name]: { ...task, metadata } } });
            }}
            onConnect={(from, to) => change(connect(definition, from, to))}
            onRemove={(name) => change(removeTask(definition, name))}
          />
        )}
      </div>
      <aside className="panel stack" aria-label="Task" style={{ alignContent: 'start' }}>
        {broken ? <div className="note warn">The JSON can’t be read yet: {broken}</div> : null}
        {isStale ? (
          <div className="note warn stack" role="alert">
            <div>
              Somebody saved another version of this workflow meanwhile. Nothing of yours is lost, and
              nothing of theirs was overwritten.
            </div>
            <div className="row">
              <button type="button" className="button" onClick={() => save.mutate({ anyway: true })}>
                Save mine as the newest version
              </button>
              <button
                type="button"
                className="button"
                onClick={() => void queries.invalidateQueries({ queryKey: ['definition', definitionId] })}
              >
                Drop mine and load theirs
              </button>
            </div>
          </div>
        ) : (
          <Failure error={save.error} />
        )}
        {problems.map((one) => (
          <button
            key={`${one.pointer} ${one.message}`}
            type="button"
            className="note bad"
            style={{ textAlign: 'left', cursor: 'pointer' }}
            onClick={() => select(taskAt(one.pointer))}
          >
            <code>{one.pointer || '/'}</code> {one.message}
            {one.hint ? <div>{one.hint}</div> : null}
          </button>
        ))}
        {selected !== undefined ? (
          <TaskPanel
            key={selected}
            definitionId={definitionId}
            definition={definition}
            name={selected}
            task={definition.tasks[selected]!}
            onChange={(task) =>
              change({ ...definition, tasks: { ...definition.tasks, [selected]: task } })
            }
            needs={needs.get(selected) ?? []}
            onPrepared={(wanted, task, found) => {
              // A task that has only the name it came with takes the operation's.
              const isUnnamed = /^New Http task( \d+)?$/.test(selected);
              const name = isUnnamed ? freeName(definition, wanted) : selected;
              const tasks = { ...definition.tasks, [selected]: task };
              change(renameTask({ ...definition, tasks }, selected, name));
              setNeeds(new Map(needs).set(name, found));
              select(name);
            }}
            onRename={(to) => {
              change(renameTask(definition, selected, to));
              select(to);
            }}
            onRemove={() => {
              change(removeTask(definition, selected));
              select(undefined);
            }}
          />
        ) : (
          <p className="soft">
            Choose a task to configure it, or add one. Drag from the lower edge of a task to another
            one to connect them.
          </p>
        )}
      </aside>
      {isStarting ? (
        <StartDialog definitionId={definitionId} onClose={() => setStarting(false)} />
      ) : null}
    </div>
  );
}
