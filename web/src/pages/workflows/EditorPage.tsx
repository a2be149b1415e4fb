// A workflow definition as graph and JSON, always in step: both show one value, and what one of
// them can't show stays in it untouched.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useBlocker, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useEffect, useMemo, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { isTyping } from '../../frame/Frame';
import { useKeys } from '../../frame/page';
import { answerKey, sampleKeyOf } from '../../http-task/answers';
import type { Need } from '../../http-task/Credentials';
import { CodeEditor } from '../../parts/CodeEditor';
import { completeTemplate } from '../../parts/completion';
import { Problems as ProblemsFound } from '../../parts/Marked';
import { asText, printJson } from '../../parts/json';
import { Failure } from '../../parts/Parts';
import { prepareQuery } from '../catalogue/TryIt';
import { DefinitionPanel } from './DefinitionPanel';
import { dropDrafts, useDrafts, useKeepDraft } from './draft';
import { DraftNote } from './DraftNote';
import {
  find,
  freeName,
  placeIn,
  placeOf,
  split,
  taskAt,
  type Definition,
  type Task,
} from './definition';
import { Divider, usePanelWidth } from './Divider';
import { rangesOf } from './document';
import * as edits from './edits';
import { Graph, type GraphEdits } from './Graph';
import { LeaveDialog } from './LeaveDialog';
import { More } from './More';
import { Stale } from './Stale';
import { textOf } from './history';
import { Problems } from './Problems';
import { useSamples } from './samples';
import { StartDialog } from './StartDialog';
import { TaskPanel } from './TaskPanel';
import { Toolbar, type View } from './Toolbar';
import { useProblems, within } from './useProblems';
import { useSave, useSaved } from './useSave';
import { useSteps } from './useSteps';
import { UnreadFields, useUnread } from '../../parts/unread';
import { load } from './Versions';
import './workflows.css';
import '../catalogue/catalogue.css';

export function EditorPage() {
  const { definitionId } = useParams({ from: '/inside/workflows/$definitionId' });
  const loaded = useQuery({
    queryKey: ['definition', definitionId],
    queryFn: () => load(definitionId),
    staleTime: Infinity,
    // What was saved meanwhile is read again the next time.
    gcTime: 0,
    structuralSharing: false,
  });
  if (!loaded.data) {
    return (
      <div className="page">
        <Failure error={loaded.error} />
        {loaded.isPending ? <div role="status">Reading the workflow…</div> : null}
      </div>
    );
  }
  return (
    <Editor
      key={`${definitionId} ${loaded.data.etag}`}
      definitionId={definitionId}
      initial={loaded.data.definition}
      etag={loaded.data.etag}
    />
  );
}

interface EditorProps {
  definitionId: string;
  initial: Definition;
  etag: string;
}

const editorKeys = [
  { key: 'Ctrl+S', does: 'Save' },
  { key: 'Ctrl+Z', does: 'Undo' },
  { key: 'Ctrl+Y', does: 'Redo' },
  { key: 'Ctrl+Enter', does: 'In a request: test it' },
  { key: '↑ ↓ ← →', does: 'In the graph: the next task in that direction' },
  { key: 'Shift+↑ …', does: 'In the graph: move the task' },
  { key: 'Enter', does: 'In the graph: to the fields of the task' },
  { key: 'Delete', does: 'In the graph: remove the task or the route' },
  { key: '$', does: 'In an expression: the names that it can read' },
];

// Where the focus is to go: into the panel of a task, to a part of it.
export type Wish = { place: string; pointer?: string } | undefined;

interface Told {
  needs: Need[];
  warnings: string[];
}
const nothing: Told = { needs: [], warnings: [] };

const templates: Record<string, Task> = {
  Http: { type: 'Http', httpRequest: { method: 'GET', url: '' } },
  Wait: { type: 'Wait', seconds: 60 },
  Simple: { type: 'Simple' },
  Decision: { type: 'Decision', choices: [] },
  Parallel: { type: 'Parallel', branches: [] },
  Terminate: { type: 'Terminate', terminationStatus: 'Completed' },
};

function Editor({ definitionId, initial, etag }: EditorProps) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const address = useSearch({ from: '/inside/workflows/$definitionId' });
  const steps = useSteps(initial);
  const { definition, wrong } = steps.now;
  const [view, setView] = useState<View>('graph');
  const savedState = useSaved(initial, etag);
  const [saved, setSaved] = savedState;
  // What there is to say of the tasks that were prepared here, by place.
  const [told, setTold] = useState(new Map<string, Told>());
  // A panel stays the same one when its task is renamed.
  const [panels, setPanels] = useState(new Map<string, string>());
  const wantsFocus = useRef<Wish>(undefined);
  const [, refresh] = useState(0);
  const [tab, setTab] = useState('general');
  const [isStarting, setStarting] = useState(false);
  const [moreError, setMoreError] = useState<unknown>();
  const panel = usePanelWidth();
  const [isUnread, tellUnread] = useUnread();
  const samples = useSamples(definitionId, definition);
  // The address follows it, and leads when Back is pressed.
  const [chosen, setChosen] = useState(address.task);
  useEffect(() => setChosen(address.task), [address.task]);
  const place = chosen === undefined ? undefined : find(definition, chosen);
  const task = place === undefined ? undefined : taskAt(definition, place);

  const change = steps.edit;
  // Back leads from one task that was looked at to the one before.
  const select = (to: string | undefined, of = definition, replace = to === undefined) => {
    const name = to === undefined ? undefined : split(to).name;
    const shown = name !== undefined && find(of, name) !== to ? to : name;
    setChosen(shown);
    void navigate({
      to: '/workflows/$definitionId',
      params: { definitionId },
      search: shown === undefined ? {} : { task: shown },
      replace: replace || shown === address.task,
      ignoreBlocker: true,
    });
  };
  const open = (to: string) => {
    wantsFocus.current = { place: to };
    select(to);
    refresh((count) => count + 1);
  };
  const rename = (from: string, to: string, next = definition) => {
    const { scope, name } = split(from);
    const made = edits.renameTask(next, from, to);
    const at = placeOf(scope, to);
    change(made);
    samples.rename(name, to);
    const [was, is] = [name, to].map((one) => answerKey(sampleKeyOf(definitionId, one)));
    if (name !== to) {
      queries.setQueryData(is!, queries.getQueryData(was!) ?? null);
    }
    select(at, made, true);
    return at;
  };
  const add = (type: string, at: edits.AddAt) => {
    const made = edits.addTask(definition, `New ${type} task`, templates[type] ?? { type }, at);
    const whole =
      type === 'Parallel'
        ? edits.addBranch(edits.addBranch(made.definition, made.place), made.place)
        : made.definition;
    change(whole);
    wantsFocus.current = { place: made.place };
    select(made.place, whole);
  };
  const remove = (at: string) => {
    change(edits.removeTask(definition, at));
    samples.forget(split(at).name);
    queries.removeQueries({ queryKey: answerKey(sampleKeyOf(definitionId, split(at).name)) });
    select(undefined);
    document.querySelector<HTMLElement>('.editor .graph')?.focus();
  };

  // Came from the catalogue with an operation to add.
  const arrive = useMutation({
    mutationFn: () => prepareQuery(address.operation!, address.server).queryFn(),
    onSuccess: (prepared) => {
      const at = place === undefined ? {} : { scope: split(place).scope, after: split(place).name };
      const made = edits.addTask(definition, prepared.name, prepared.task as Task, at);
      change(made.definition);
      setTold(
        new Map(told).set(made.place, {
          needs: prepared.credentials,
          warnings: prepared.warnings,
        }),
      );
      select(made.place, made.definition, true);
    },
    onError: () => select(place, definition, true),
  });
  useEffect(() => {
    if (address.operation !== undefined) {
      arrive.mutate();
    }
    // Once for each arrival; what it does then is of the state then.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [address.operation]);

  const current = useMemo(() => printJson(definition), [definition]);
  const text = view === 'graph' ? '' : textOf(steps.now);
  const isChanged = wrong !== undefined || current !== saved.text;
  const drafts = useDrafts(definitionId, etag);
  const isKept = useKeepDraft(definitionId, saved.etag, current, steps.now, isChanged);
  const { own } = drafts;
  useEffect(() => {
    if (own) {
      steps.restore(own.state);
      if (own.state.wrong !== undefined) {
        setView('both');
      }
    }
    // Once, when the page opens.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  const isBack = own !== undefined && own.state.definition === definition;

  const leaving = useBlocker({
    // Another task of this workflow is no other place.
    shouldBlockFn: ({ current: from, next }) =>
      (isChanged || isUnread) && from.pathname !== next.pathname,
    enableBeforeUnload: () => isChanged || isUnread,
    withResolver: true,
  });

  const {
    problems,
    ofTask,
    marks,
    isCurrent,
    hasAnswer,
    error: validationError,
  } = useProblems(definition, wrong === undefined ? text : '');
  // The JSON shows the task that is chosen; where it is, is looked up when another one is.
  const [shown, setShown] = useState<string>();
  const reveal = useMemo(
    () => (shown === undefined || text === '' ? undefined : rangesOf(text, [shown])[0]!.from),
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [shown, view],
  );
  useEffect(() => setShown(place), [place]);

  const save = useSave({
    definitionId,
    definition,
    current,
    saved: savedState,
    onSaved: drafts.forgetOwn,
  });
  const cannotSave =
    wrong !== undefined || isUnread
      ? 'Something typed can’t be read yet; it would be saved as it was before'
      : isCurrent && problems.length > 0
        ? 'A saved version can be run: mend its problems first. Until then it is kept in this browser'
        : undefined;
  const canSave = isChanged && cannotSave === undefined && !save.isPending;

  const found = useMemo(
    () => (place === undefined ? [] : within(problems, definition, place)),
    // Those that are known are of the definition as it was when they came.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [problems, place],
  );

  // A name that is being typed counts when its field is left.
  const latestSave = useRef(() => {});
  latestSave.current = () => {
    if (canSave) {
      save.once();
    }
  };
  const saveTyped = () => {
    const field = document.activeElement;
    if (field instanceof HTMLElement && field.dataset.name !== undefined) {
      flushSync(() => field.blur());
      field.focus();
    }
    latestSave.current();
  };

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const key = event.ctrlKey || event.metaKey ? event.key.toLowerCase() : '';
      if (document.querySelector('.dialog') !== null) {
        return;
      }
      if (key === 's') {
        event.preventDefault();
        saveTyped();
      } else if ((key === 'z' || key === 'y') && !isTyping(event.target)) {
        event.preventDefault();
        (key === 'y' || event.shiftKey ? steps.redo : steps.undo)?.();
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  });

  useKeys(editorKeys);

  // The graph's actions keep their identity, so that its boxes need not be drawn again.
  const actions: GraphEdits = {
    move: (at, position) => change(edits.moveTask(definition, at, position)),
    connect: (scope, from, to) => change(edits.connect(definition, scope, from, to)),
    reroute: (route, to) => change(edits.reroute(definition, route, to)),
    remove,
    open,
    addBranch: (parallel) => change(edits.addBranch(definition, parallel)),
    removeBranch: (parallel, index) => change(edits.removeBranch(definition, parallel, index)),
    addTask: (scope) => add('Simple', { scope, after: edits.lastOf(definition, scope) }),
  };
  const latest = useRef(actions);
  latest.current = actions;
  const [stable] = useState((): GraphEdits => ({
    move: (...given) => latest.current.move(...given),
    connect: (...given) => latest.current.connect(...given),
    reroute: (...given) => latest.current.reroute(...given),
    remove: (...given) => latest.current.remove(...given),
    open: (...given) => latest.current.open(...given),
    addBranch: (...given) => latest.current.addBranch(...given),
    removeBranch: (...given) => latest.current.removeBranch(...given),
    addTask: (...given) => latest.current.addTask(...given),
  }));

  return (
    <div className="editor" style={panel.style}>
      <Toolbar
        name={asText(definition.name)}
        onName={(name) => change({ ...definition, name }, 'name')}
        version={`v${/\d+/.exec(saved.etag)?.[0] ?? ''}`}
        isChanged={isChanged}
        isSaving={save.isPending}
        cannotSave={cannotSave}
        onAdd={(type) =>
          add(
            type,
            place === undefined ? {} : { scope: split(place).scope, after: split(place).name },
          )
        }
        onUndo={steps.undo}
        onRedo={steps.redo}
        onTidy={edits.isPlaced(definition) ? () => change(edits.tidy(definition)) : undefined}
        problems={
          <Problems
            problems={problems}
            unread={wrong ?? (isUnread ? 'A field is not JSON yet' : undefined)}
            isKnown={!validationError && hasAnswer}
            onOpen={(pointer) => {
              const at = placeIn(definition, pointer);
              if (at !== undefined) {
                wantsFocus.current = { place: at, pointer: pointer.slice(at.length) };
                refresh((count) => count + 1);
              }
              select(at);
              setShown(pointer);
              if (at === undefined) {
                setTab(
                  pointer.startsWith('/failureWorkflow')
                    ? 'errors'
                    : pointer.startsWith('/variables')
                      ? 'variables'
                      : 'general',
                );
              }
            }}
          />
        }
        more={
          <More
            definitionId={definitionId}
            definition={definition}
            text={current}
            onError={setMoreError}
          />
        }
        view={view}
        onView={setView}
        onSave={save.once}
        onRun={() => setStarting(true)}
      />
      <div className="canvas" data-view={view}>
        {view === 'json' ? null : (
          <Graph
            definition={definition}
            selected={place}
            problems={ofTask}
            onSelect={(_, at) => select(at)}
            edits={stable}
          />
        )}
        {view === 'graph' ? null : (
          <CodeEditor
            label="Definition as JSON"
            value={text}
            onChange={steps.type}
            problems={marks}
            reveal={reveal}
            complete={(context) => completeTemplate(context, samples.readable.names, true)}
          />
        )}
      </div>
      <Divider width={panel.width} onChange={panel.keep} />
      <UnreadFields value={tellUnread}>
        <aside className="panel stack" aria-label="Task">
          {wrong !== undefined ? (
            <div className="note warn" role="status">
              The JSON can’t be read yet, the graph shows how it was before: {wrong}
            </div>
          ) : null}
          {isBack ? (
            <DraftNote
              text="What you changed before and did not save is back."
              onDrop={() => {
                change(initial);
                drafts.forgetOwn();
              }}
            />
          ) : null}
          {drafts.older ? (
            <DraftNote
              text="What you changed in an older version and did not save is kept."
              onBring={() => {
                steps.restore(drafts.older!.state);
                // Saved, it is held against the version that it was made of.
                setSaved({ ...saved, etag: drafts.older!.etag });
                drafts.forgetOlder();
              }}
              onDrop={drafts.forgetOlder}
            />
          ) : null}
          <Failure error={arrive.error ?? moreError} />
          {save.isGone ? (
            <div className="note warn stack" role="alert">
              <div>This workflow was deleted meanwhile. What you have here is not lost.</div>
              <div>
                <button type="button" className="button" onClick={save.asNew}>
                  Save it as a new workflow
                </button>
              </div>
            </div>
          ) : null}
          {save.isStale ? (
            <Stale
              definitionId={definitionId}
              now={current}
              onSave={save.anyway}
              onRestore={(theirs) => change(theirs)}
              base={saved.etag}
              onDrop={() => {
                dropDrafts(definitionId);
                void queries.invalidateQueries({ queryKey: ['definition', definitionId] });
              }}
            />
          ) : (
            <Failure error={save.error ?? validationError} />
          )}
          {place !== undefined && task !== undefined ? (
            <ProblemsFound value={found}>
              <TaskPanel
                key={panels.get(place) ?? place}
                definitionId={definitionId}
                definition={definition}
                place={place}
                task={task}
                samples={samples}
                {...(told.get(place) ?? nothing)}
                wantsFocus={wantsFocus}
                onChange={(next) =>
                  change(
                    edits.editTask(definition, place, () => next),
                    `task ${place}`,
                  )
                }
                onDefinition={(next) => change(next)}
                onPrepared={(made) => {
                  // A task that has only the name it came with takes the operation's.
                  const { name } = split(place);
                  const isUnnamed = /^New Http task( \d+)?$/.test(name);
                  const next = edits.editTask(definition, place, () => made.task);
                  const at = rename(
                    place,
                    isUnnamed ? freeName(definition, made.name) : name,
                    next,
                  );
                  setTold(new Map(told).set(at, { needs: made.needs, warnings: made.warnings }));
                  setPanels(new Map(panels).set(at, `${at} ${panels.size + 1}`));
                  wantsFocus.current = { place: at };
                }}
                onRename={(to) => {
                  const at = rename(place, to);
                  setPanels(new Map(panels).set(at, panels.get(place) ?? place));
                  setTold(new Map(told).set(at, told.get(place) ?? nothing));
                }}
                onRemove={() => remove(place)}
                onSelect={select}
                onErrorHandling={() => {
                  setTab('errors');
                  select(undefined);
                }}
              />
            </ProblemsFound>
          ) : (
            <DefinitionPanel
              problems={problems.filter(
                ({ pointer }) => placeIn(definition, pointer) === undefined,
              )}
              definitionId={definitionId}
              definition={definition}
              text={current}
              etag={saved.etag}
              samples={samples}
              tab={tab}
              onTab={setTab}
              onChange={change}
            />
          )}
        </aside>
      </UnreadFields>
      {leaving.status === 'blocked' ? (
        <LeaveDialog
          name={asText(definition.name) || 'This workflow'}
          cannotSave={
            save.isStale
              ? 'Somebody saved another version meanwhile: stay to see both'
              : save.isGone
                ? 'It was deleted meanwhile: stay to save it as a new workflow'
                : cannotSave
          }
          isKept={isKept && !isUnread}
          isSaving={save.isPending}
          error={save.error}
          onSave={() => save.andThen(() => leaving.proceed())}
          onLeave={() => {
            dropDrafts(definitionId);
            leaving.proceed();
          }}
          onKeep={() => leaving.proceed()}
          onStay={() => leaving.reset()}
        />
      ) : null}
      {isStarting ? (
        <StartDialog
          definitionId={definitionId}
          initial={samples.input}
          onClose={() => setStarting(false)}
        />
      ) : null}
    </div>
  );
}
