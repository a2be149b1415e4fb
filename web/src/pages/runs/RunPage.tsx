// One run: its state, what can be done with it, its tasks along the time, and its history.
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { Dialog } from 'radix-ui';
import { Fragment, useEffect, useId, useMemo, useState } from 'react';
import { api, data, Problem, type Schemas } from '../../api/client';
import { CopyButton, Failure, Status, Time } from '../../parts/Parts';
import { duration, follow, gather, isFinal } from './follow';
import './runs.css';

type Workflow = Schemas['Workflow'];
type TaskRow = Schemas['TaskRow'];
type Transition = Schemas['Transition'];
type History = Schemas['History'];

const textMax = 200 * 1024;
const historyStep = 500;

const pathOf = (workflowId: string) => ({ params: { path: { workflowId } } });

// Tells the cache what happens to the run while it goes on.
function useLive(workflowId: string, isOn: boolean) {
  const queries = useQueryClient();
  useEffect(() => {
    if (!isOn) {
      return undefined;
    }
    const historyKey = ['run', workflowId, 'history'];
    let seen = -1;
    const refresh = (withHistory: boolean) =>
      void queries.invalidateQueries({
        queryKey: ['run', workflowId],
        predicate: ({ queryKey }) => withHistory || queryKey[2] !== 'history',
      });
    const pace = gather(() => {
      const held = queries.getQueryData<History>(historyKey)?.transitions.length ?? 0;
      refresh(held <= seen);
    }, 300);
    const stop = follow(`/api/workflows/${encodeURIComponent(workflowId)}/events`, {
      onEvent: (event) => {
        const step = event as Transition;
        seen = Math.max(seen, step.number);
        const held = queries.getQueryData<History>(historyKey);
        if (held && held.transitions.length > step.number) {
          return; // The stream begins with what has happened so far.
        }
        if (held && held.transitions.length === step.number) {
          queries.setQueryData<History>(historyKey, {
            ...held,
            transitions: [...held.transitions, step],
          });
        }
        pace.ask();
      },
      onEnd: () => {
        pace.forget();
        refresh(true);
      },
    });
    return () => {
      pace.forget();
      stop();
    };
  }, [queries, workflowId, isOn]);
}

function useNow(isOn: boolean) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!isOn) {
      return undefined;
    }
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [isOn]);
  return now;
}

export function RunPage() {
  const { workflowId = '' } = useParams({ strict: false });
  // What is open on the page belongs to the run it shows.
  return <Run key={workflowId} workflowId={workflowId} />;
}

function Run({ workflowId }: { workflowId: string }) {
  const run = useQuery({
    queryKey: ['run', workflowId, 'workflow'],
    queryFn: () => data(api.GET('/api/workflows/{workflowId}', pathOf(workflowId))),
  });
  const definition = useQuery({
    queryKey: [
      'definitions',
      'name',
      run.data?.workflowDefinitionId,
      run.data?.workflowDefinitionVersion,
    ],
    enabled: run.data !== undefined,
    staleTime: Infinity,
    queryFn: async () => {
      const { workflowDefinitionId, workflowDefinitionVersion } = run.data!;
      try {
        const held = await data(
          api.GET('/api/workflow-definitions/{definitionId}', {
            params: {
              path: { definitionId: workflowDefinitionId },
              query: { version: workflowDefinitionVersion },
            },
          }),
        );
        return typeof held.name === 'string' ? held.name : workflowDefinitionId;
      } catch (error) {
        // Runs outlive their definition.
        if (error instanceof Problem && error.status === 404) {
          return workflowDefinitionId;
        }
        throw error;
      }
    },
  });
  const history = useQuery({
    queryKey: ['run', workflowId, 'history'],
    queryFn: () => data(api.GET('/api/workflows/{workflowId}/history', pathOf(workflowId))),
    structuralSharing: false,
  });
  useLive(workflowId, run.data !== undefined && !isFinal(run.data.status));

  if (!run.data) {
    return (
      <div className="page">
        <h1>Run</h1>
        {run.error ? <Failure error={run.error} /> : <div role="status">Reading the run…</div>}
      </div>
    );
  }
  const transitions = history.data?.transitions ?? [];
  return (
    <div className="page">
      <Head run={run.data} name={definition.data ?? run.data.workflowDefinitionId} />
      <Failure error={run.error ?? definition.error} />
      {run.data.failedReason ? (
        <div className="note bad" role="alert">
          <div className="run-reason">{cut(run.data.failedReason).text}</div>
          {run.data.failedCause ? <code>{run.data.failedCause}</code> : null}
        </div>
      ) : null}
      <Tasks run={run.data} transitions={transitions} />
      <h2>Input and output</h2>
      <div className="run-pair">
        <Json title="Input of the run" value={run.data.input} />
        <Json title="Output of the run" value={run.data.output} />
      </div>
      <h2>History</h2>
      <Failure error={history.error} />
      <HistoryTable transitions={transitions} />
    </div>
  );
}

function Head({ run, name }: { run: Workflow; name: string }) {
  const now = useNow(!isFinal(run.status));
  const from = run.startedTime ? Date.parse(run.startedTime) : undefined;
  const to = run.endedTime ? Date.parse(run.endedTime) : now;
  return (
    <>
      <div className="spread">
        <h1>
          {name} <span className="soft">#{run.sequenceNumber}</span>
        </h1>
        <Actions run={run} />
      </div>
      <dl className="run-facts">
        <div>
          <dt>Status</dt>
          <dd>
            <span role="status">
              <Status name={run.status} />
            </span>
          </dd>
        </div>
        <div>
          <dt>Started</dt>
          <dd>
            <Time at={run.startedTime} />
          </dd>
        </div>
        <div>
          <dt>Ended</dt>
          <dd>
            <Time at={run.endedTime} />
          </dd>
        </div>
        <div>
          <dt>Duration</dt>
          <dd>{from === undefined ? '—' : duration(to - from)}</dd>
        </div>
        <div>
          <dt>Started by</dt>
          <dd>{run.startedBy ?? '—'}</dd>
        </div>
        <div>
          <dt>Workflow</dt>
          <dd>
            <Link to="/workflows/$definitionId" params={{ definitionId: run.workflowDefinitionId }}>
              Open it
            </Link>{' '}
            <span className="soft">this run has v{run.workflowDefinitionVersion}</span>
          </dd>
        </div>
      </dl>
    </>
  );
}

function Actions({ run }: { run: Workflow }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [isAsking, setAsking] = useState(false);
  const path = pathOf(run.id);
  const changed = (now: Workflow) => {
    queries.setQueryData(['run', run.id, 'workflow'], now);
    void queries.invalidateQueries({ queryKey: ['run', run.id] });
  };
  const change = useMutation({
    mutationFn: (what: 'pause' | 'resume' | 'retry') => {
      switch (what) {
        case 'pause':
          return data(api.POST('/api/workflows/{workflowId}/pause', path));
        case 'resume':
          return data(api.POST('/api/workflows/{workflowId}/resume', path));
        case 'retry':
          return data(api.POST('/api/workflows/{workflowId}/retry', path));
      }
    },
    onSuccess: changed,
  });
  const restart = useMutation({
    mutationFn: () => data(api.POST('/api/workflows/{workflowId}/restart', path)),
    onSuccess: (workflowId) =>
      navigate({ to: '/runs/$workflowId', params: { workflowId: String(workflowId) } }),
  });
  const isBusy = change.isPending || restart.isPending;
  const act = (what: 'pause' | 'resume' | 'retry' | 'restart') => {
    change.reset();
    restart.reset();
    if (what === 'restart') {
      restart.mutate();
    } else {
      change.mutate(what);
    }
  };
  const ended = isFinal(run.status);
  return (
    <div className="stack">
      <div className="row run-actions">
        {run.status === 'Running' ? (
          <button
            type="button"
            className="button"
            disabled={isBusy}
            title="Begins nothing new; what is under way ends"
            onClick={() => act('pause')}
          >
            Pause
          </button>
        ) : null}
        {run.status === 'Paused' ? (
          <button
            type="button"
            className="button primary"
            disabled={isBusy}
            onClick={() => act('resume')}
          >
            Resume
          </button>
        ) : null}
        {ended ? null : (
          <button
            type="button"
            className="button"
            disabled={isBusy}
            onClick={() => setAsking(true)}
          >
            Terminate…
          </button>
        )}
        {ended && run.status !== 'Completed' ? (
          <button
            type="button"
            className="button primary"
            disabled={isBusy}
            title="Runs anew what failed, timed out or was cancelled; what is completed stays"
            onClick={() => act('retry')}
          >
            Retry
          </button>
        ) : null}
        {ended ? (
          <button
            type="button"
            className="button"
            disabled={isBusy}
            title="Starts a new run with the same input and the latest version"
            onClick={() => act('restart')}
          >
            Restart
          </button>
        ) : null}
      </div>
      <Failure error={change.error ?? restart.error} />
      {isAsking ? (
        <TerminateDialog run={run} onDone={changed} onClose={() => setAsking(false)} />
      ) : null}
    </div>
  );
}

interface TerminateDialogProps {
  run: Workflow;
  onDone: (now: Workflow) => void;
  onClose: () => void;
}

function TerminateDialog({ run, onDone, onClose }: TerminateDialogProps) {
  const [reason, setReason] = useState('');
  const terminate = useMutation({
    mutationFn: () =>
      data(
        api.POST('/api/workflows/{workflowId}/terminate', {
          ...pathOf(run.id),
          body: reason.trim() ? { reason: reason.trim() } : {},
        }),
      ),
    onSuccess: (now) => {
      onDone(now);
      onClose();
    },
  });
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="run-dialog-back" />
        <Dialog.Content className="run-dialog">
          <form
            className="stack"
            onSubmit={(event) => {
              event.preventDefault();
              terminate.mutate();
            }}
          >
            <Dialog.Title asChild>
              <h2>Terminate run #{run.sequenceNumber}</h2>
            </Dialog.Title>
            <Dialog.Description>
              The run ends now and its open tasks are cancelled. Its failure workflow is not started.
            </Dialog.Description>
            <label>
              Reason
              <input
                className="field"
                value={reason}
                placeholder="Why it ends; stands in the history"
                onChange={(event) => setReason(event.target.value)}
              />
            </label>
            <Failure error={terminate.error} />
            <div className="row run-actions">
              <button type="button" className="button" onClick={onClose}>
                Cancel
              </button>
              <button type="submit" className="button primary" disabled={terminate.isPending}>
                Terminate run
              </button>
            </div>
          </form>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

const running = new Set(['Scheduled', 'InProgress']);

function Tasks({ run, transitions }: { run: Workflow; transitions: Transition[] }) {
  const [opened, setOpened] = useState<string>();
  const now = useNow(!isFinal(run.status));
  const tasks = useInfiniteQuery({
    queryKey: ['run', run.id, 'tasks'],
    initialPageParam: '',
    queryFn: ({ pageParam }) =>
      data(
        api.GET('/api/workflows/{workflowId}/tasks', {
          params: {
            path: { workflowId: run.id },
            query: { size: 200, ...(pageParam ? { next: pageParam } : {}) },
          },
        }),
      ),
    getNextPageParam: (page: Schemas['TaskPage']) => page.next,
  });
  // The server answers newest first; along the time the oldest stands first.
  const rows = useMemo(
    () => (tasks.data?.pages.flatMap((page) => page.content) ?? []).reverse(),
    [tasks.data],
  );
  const attempts = useMemo(() => {
    const of = new Map<string, Transition[]>();
    for (const one of transitions) {
      if (one.taskId && /^(Attempt(Started|Ended)|Lease)/.test(one.type)) {
        const held = of.get(one.taskId);
        if (held) {
          held.push(one);
        } else {
          of.set(one.taskId, [one]);
        }
      }
    }
    return of;
  }, [transitions]);

  const from = Date.parse(run.startedTime ?? run.createdOn ?? rows[0]?.createdOn ?? '') || now;
  const to = Math.max(run.endedTime ? Date.parse(run.endedTime) : now, from + 1);
  const share = (at: number) => Math.min(100, Math.max(0, (100 * (at - from)) / (to - from)));

  return (
    <>
      <h2>Tasks</h2>
      <Failure error={tasks.error} />
      {tasks.hasNextPage ? (
        <button
          type="button"
          className="button"
          disabled={tasks.isFetchingNextPage}
          onClick={() => void tasks.fetchNextPage()}
        >
          Show older tasks
        </button>
      ) : null}
      {rows.length === 0 && tasks.isSuccess ? (
        <div className="soft">No task has begun yet.</div>
      ) : (
        <div className="run-wide">
          <table className="run-tasks">
            <thead>
              <tr>
                <th scope="col">Task</th>
                <th scope="col">Type</th>
                <th scope="col">State</th>
                <th scope="col" className="number">
                  Attempts
                </th>
                <th scope="col" className="number">
                  Duration
                </th>
                <th scope="col" className="bar-cell">
                  Time
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((task) => {
                const begun = Date.parse(task.createdOn);
                const end = running.has(task.status) ? Math.max(now, begun) : Date.parse(task.modifiedOn);
                const own = attempts.get(task.id) ?? [];
                const starts = own.filter((one) => one.type === 'AttemptStarted');
                const isOpen = opened === task.id;
                return (
                  <Fragment key={task.id}>
                    <tr>
                      <td>
                        <button
                          type="button"
                          className="open-task"
                          aria-expanded={isOpen}
                          aria-controls={isOpen ? `task-${task.id}` : undefined}
                          onClick={() => setOpened(isOpen ? undefined : task.id)}
                        >
                          {task.taskName}
                        </button>
                        {task.superseded ? <span className="soft"> replaced by a retry</span> : null}
                      </td>
                      <td>{task.taskType ?? '—'}</td>
                      <td>
                        <Status name={task.status} />
                      </td>
                      <td className="number">{starts.length || '—'}</td>
                      <td className="number">{duration(end - begun)}</td>
                      <td className="bar-cell">
                        <div className="run-track" aria-hidden>
                          <div
                            className={`run-bar ${task.status}${task.taskType === 'Wait' ? ' waits' : ''}`}
                            style={{
                              left: `min(${share(begun)}%, 100% - 3px)`,
                              width: `${share(end) - share(begun)}%`,
                            }}
                          />
                          {starts.map((one) => (
                            <div
                              key={one.number}
                              className="run-tick"
                              style={{ left: `min(${share(Date.parse(one.at))}%, 100% - 1px)` }}
                            />
                          ))}
                        </div>
                      </td>
                    </tr>
                    {isOpen ? (
                      <tr id={`task-${task.id}`}>
                        <td colSpan={6}>
                          <TaskDetails task={task} attempts={own} />
                        </td>
                      </tr>
                    ) : null}
                  </Fragment>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

function TaskDetails({ task, attempts }: { task: TaskRow; attempts: Transition[] }) {
  const details = useQuery({
    queryKey: ['run', task.workflowId, 'task', task.id],
    queryFn: () =>
      data(
        api.GET('/api/workflows/{workflowId}/tasks/{taskId}', {
          params: { path: { workflowId: task.workflowId, taskId: task.id } },
        }),
      ),
  });
  if (!details.data) {
    return details.error ? (
      <Failure error={details.error} />
    ) : (
      <div className="soft" role="status">
        Reading the task…
      </div>
    );
  }
  const { failedReason, failedCause, input, output, dueOn, workerId } = details.data;
  return (
    <div className="stack">
      <Failure error={details.error} />
      {failedReason ? (
        <div className="note bad">
          <div className="run-reason">{cut(failedReason).text}</div>
          {failedCause ? <code>{failedCause}</code> : null}
        </div>
      ) : null}
      {dueOn ? (
        <div>
          Goes on <Time at={dueOn} />
        </div>
      ) : null}
      {workerId ? <div>With worker {workerId}</div> : null}
      <div className="run-pair">
        <Json title={`Input of ${task.taskName}`} value={input} />
        <Json title={`Output of ${task.taskName}`} value={output} />
      </div>
      {attempts.length > 0 ? (
        <Json title={`Attempts of ${task.taskName}`} value={attempts} />
      ) : null}
    </div>
  );
}

// At most 200 KB of a text, and how much it has in all.
function cut(text: string) {
  return text.length <= textMax
    ? { text, isCut: false }
    : { text: `${text.slice(0, textMax)}…`, isCut: true };
}

function Json({ title, value }: { title: string; value: unknown }) {
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

function HistoryTable({ transitions }: { transitions: Transition[] }) {
  const [shown, setShown] = useState(historyStep);
  const rest = transitions.length - shown;
  return (
    <>
      <div className="run-wide">
        <table>
          <thead>
            <tr>
              <th scope="col" className="number">
                Number
              </th>
              <th scope="col">Type</th>
              <th scope="col">Instant</th>
              <th scope="col">Task</th>
            </tr>
          </thead>
          <tbody>
            {transitions.slice(0, shown).map((one) => (
              <tr key={one.number}>
                <td className="number">{one.number}</td>
                <td>{one.type}</td>
                <td>
                  <time className="mono" dateTime={one.at}>
                    {one.at}
                  </time>
                </td>
                <td>{one.taskName ?? <span className="soft">—</span>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rest > 0 ? (
        <button type="button" className="button" onClick={() => setShown(shown + historyStep)}>
          Show {Math.min(rest, historyStep)} more of {rest.toLocaleString()}
        </button>
      ) : null}
    </>
  );
}
