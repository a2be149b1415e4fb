// One task of a run: what it took, what it gave, and each attempt.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, data, type Schemas } from '../../api/client';
import { shownText } from '../../parts/json';
import { Failure, Status, Time } from '../../parts/Parts';
import { duration } from './follow';
import { cut, Json } from './RunJson';
import { attemptsOf } from './timeline';

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
      {systemTask ? null : (
        <div>
          <Link
            to="/tasks/$workflowId/$taskId"
            params={{ workflowId: task.workflowId, taskId: task.id }}
            className="button"
          >
            Open in the inbox
          </Link>
        </div>
      )}
      <Attempts steps={steps} />
      <div className="run-pair">
        <Json title={`Input of ${task.taskName}`} value={input} />
        <Json title={`Output of ${task.taskName}`} value={output} />
      </div>
    </div>
  );
}

function Attempts({ steps }: { steps: Transition[] }) {
  const attempts = attemptsOf(steps);
  if (attempts.length === 0) {
    return null;
  }
  return (
    <div className="run-wide">
      <table aria-label="Attempts">
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
          {attempts.map(({ attempt, started, ended }) => (
            <tr key={started.number}>
              <td className="number">{attempt}</td>
              <td>
                <Time at={started.at} />
              </td>
              <td className="number">
                {ended ? duration(Date.parse(ended.at) - Date.parse(started.at)) : '—'}
              </td>
              <td>
                {ended ? <Outcome ended={ended} /> : <Status name="InProgress" />}
                <details>
                  <summary>Request{ended ? ' and answer' : ''}</summary>
                  <div className="stack">
                    {started.request ? <Json title="Request" value={started.request} /> : null}
                    {ended ? (
                      <Json title="Answer" value={ended.response ?? withoutPlace(ended)} />
                    ) : null}
                  </div>
                </details>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
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
          Next attempt <Time at={ended.retryAt} />
        </div>
      ) : null}
    </>
  );
}
