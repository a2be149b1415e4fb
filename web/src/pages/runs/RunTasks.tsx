// The tasks of a run along its time, one bar each, and what each took and gave.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Fragment, useMemo, useState } from 'react';
import { api, data, type Schemas } from '../../api/client';
import { Failure, Status, Time } from '../../parts/Parts';
import { duration, isFinal } from './follow';
import { useNow } from './run';
import { cut, Json } from './RunJson';

type Workflow = Schemas['Workflow'];
type TaskRow = Schemas['TaskRow'];
type Transition = Schemas['Transition'];

const running = new Set(['Scheduled', 'InProgress']);

export function Tasks({ run, transitions }: { run: Workflow; transitions: Transition[] }) {
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
