// One task of a run: what it took, what it gave, and each attempt.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Fragment } from 'react';
import { api, data, type Schemas } from '../../api/client';
import { shownText } from '../../parts/json';
import { Failure, Status, Time } from '../../parts/Parts';
import { lastRefusal } from './answered';
import { duration } from './follow';
import { Reason } from './Reason';
import { Input, Json } from './RunJson';
import { attemptsOf, type Attempt } from './timeline';

type TaskRow = Schemas['TaskRow'];
type Transition = Schemas['Transition'];

export function TaskDetails({ task, steps }: { task: TaskRow; steps: Transition[] }) {
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
  const { failedReason, failedCause, input, output, dueOn, workerId, systemTask } = details.data;
  const { status } = details.data;
  const isWaiting = status === 'InProgress' || status === 'Scheduled';
  return (
    <div className="stack">
      <Failure error={details.error} />
      {failedReason ? (
        <Reason
          status={status}
          text={failedReason}
          cause={failedCause}
          refusal={lastRefusal(steps)}
        />
      ) : null}
      {dueOn ? (
        <div>
          Goes on <Time at={dueOn} />
        </div>
      ) : null}
      {workerId ? <div>With worker {workerId}</div> : null}
      {systemTask ? null : (
        <div>
          <Link
            to="/tasks/$workflowId/$taskId"
            params={{ workflowId: task.workflowId, taskId: task.id }}
            className="button"
          >
            {isWaiting ? 'Answer it in the inbox' : 'Open in the inbox'}
          </Link>
        </div>
      )}
      <Attempts steps={steps} />
      <div className="run-pair">
        <Input title={`Input of ${task.taskName}`} value={input} />
        <Json title={`Output of ${task.taskName}`} value={output} />
      </div>
    </div>
  );
}

function isBad({ ended }: Attempt) {
  return ended !== undefined && !(typeof ended.status === 'number' && ended.status < 400);
}

function Attempts({ steps }: { steps: Transition[] }) {
  const attempts = attemptsOf(steps);
  if (attempts.length === 0) {
    return null;
  }
  return (
    <table className="run-attempts" aria-label="Attempts">
      <thead>
        <tr>
          <th scope="col" className="number">
            Attempt
          </th>
          <th scope="col">Began</th>
          <th scope="col" className="number">
            Took
          </th>
          <th scope="col">Outcome</th>
        </tr>
      </thead>
      <tbody>
        {attempts.map((one, index) => (
          <Fragment key={one.started.number}>
            <tr>
              <td className="number">{one.attempt}</td>
              <td className="whole">
                <Time at={one.started.at} as="clock" />
              </td>
              <td className="number whole">
                {one.ended ? duration(Date.parse(one.ended.at) - Date.parse(one.started.at)) : '—'}
              </td>
              <td>{one.ended ? <Outcome ended={one.ended} /> : <Status name="InProgress" />}</td>
            </tr>
            <tr className="exchange">
              <td colSpan={4}>
                <Exchange one={one} isOpen={index === attempts.length - 1 && isBad(one)} />
              </td>
            </tr>
          </Fragment>
        ))}
      </tbody>
    </table>
  );
}

function Exchange({ one: { started, ended }, isOpen }: { one: Attempt; isOpen: boolean }) {
  return (
    <details open={isOpen}>
      <summary>Request{ended ? ' and answer' : ''}</summary>
      <div className="run-pair">
        {ended ? <Json title="Answer" value={answerOf(ended)} /> : null}
        {started.request ? <Json title="Request" value={started.request} /> : null}
      </div>
    </details>
  );
}

// What was said stands before the headers that it came with.
function answerOf(ended: Transition) {
  const { status, body, ...rest } = (ended.response ?? {}) as { status?: unknown; body?: unknown };
  return ended.response ? { status, body, ...rest } : withoutPlace(ended);
}

function withoutPlace({
  number: _,
  type: __,
  place: ___,
  taskId: ____,
  taskName: _____,
  ...rest
}: Transition) {
  return rest;
}

function Outcome({ ended }: { ended: Transition }) {
  const error = ended.error as { code?: string; message?: string } | undefined;
  const status = typeof ended.status === 'number' ? ended.status : undefined;
  return (
    <>
      {status !== undefined ? (
        <span className={`status ${status < 400 ? 'good' : 'bad'}`}>
          <span>HTTP {status}</span>
        </span>
      ) : (
        <span className="status bad">
          <span>{error?.code ?? (shownText(ended.outcome) || 'ended')}</span>
        </span>
      )}
      {error?.message ? <div className="run-reason">{error.message}</div> : null}
      {typeof ended.retryAt === 'string' ? (
        <div className="soft">
          Next attempt <Time at={ended.retryAt} as="clock" />
        </div>
      ) : null}
    </>
  );
}
