// The tasks of a run along its time: one bar each, one tick for each attempt, waits hatched.
import { Fragment, useMemo, useState } from 'react';
import type { Schemas } from '../../api/client';
import { Status } from '../../parts/Parts';
import { duration, isFinal } from './follow';
import { useNow } from './run';
import { TaskDetails } from './RunTask';
import { stepsByTask, waitsOf } from './timeline';

type TaskRow = Schemas['TaskRow'];
type Transition = Schemas['Transition'];

const running = new Set(['Scheduled', 'InProgress']);

interface TimelineProps {
  run: Schemas['Workflow'];
  rows: TaskRow[];
  transitions: Transition[];
}

export function Timeline({ run, rows, transitions }: TimelineProps) {
  const [opened, setOpened] = useState<string>();
  const now = useNow(!isFinal(run.status));
  const steps = useMemo(() => stepsByTask(transitions), [transitions]);
  const from = Date.parse(run.startedTime ?? run.createdOn ?? rows[0]?.createdOn ?? '') || now;
  const to = Math.max(run.endedTime ? Date.parse(run.endedTime) : now, from + 1);
  const share = (at: number) => Math.min(100, Math.max(0, (100 * (at - from)) / (to - from)));

  return (
    <div className="run-wide" tabIndex={0} role="region" aria-label="Timeline">
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
              <span className="spread">
                <span>start</span>
                <span className="number">{duration(to - from)}</span>
              </span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((task) => {
            const begun = Date.parse(task.createdOn);
            const isOver = !running.has(task.status);
            const end = isOver ? Date.parse(task.modifiedOn) : Math.max(now, begun);
            const own = steps.get(task.id) ?? [];
            const starts = own.filter((one) => one.type === 'AttemptStarted');
            const isOpen = opened === task.id;
            return (
              <Fragment key={task.id}>
                <tr className={task.superseded ? 'soft' : ''}>
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
                    {task.superseded ? <span> replaced by a later run</span> : null}
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
                        className={`run-bar ${task.status}`}
                        style={{
                          left: `min(${share(begun)}%, 100% - 3px)`,
                          width: `${share(end) - share(begun)}%`,
                        }}
                      />
                      {waitsOf(task, own, begun, end).map(([since = 0, until = 0]) => (
                        <div
                          key={since}
                          className="run-wait"
                          style={{
                            left: `min(${share(since)}%, 100% - 3px)`,
                            width: `${share(until) - share(since)}%`,
                          }}
                        />
                      ))}
                      {starts.map((one) => (
                        <div
                          key={one.number}
                          className="run-tick"
                          style={{ left: `min(${share(Date.parse(one.at))}%, 100% - 2px)` }}
                        />
                      ))}
                    </div>
                  </td>
                </tr>
                {isOpen ? (
                  <tr id={`task-${task.id}`}>
                    <td colSpan={6}>
                      <TaskDetails task={task} steps={own} />
                    </td>
                  </tr>
                ) : null}
              </Fragment>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
