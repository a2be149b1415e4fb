// One run: its state, what can be done with it, its tasks along the time, and its history.
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { api, data, Problem, type Schemas } from '../../api/client';
import { Failure, Status, Time } from '../../parts/Parts';
import { duration, isFinal } from './follow';
import { pathOf, useLive, useNow } from './run';
import { Actions } from './RunActions';
import { cut, Json } from './RunJson';
import { Tasks } from './RunTasks';
import './runs.css';

type Workflow = Schemas['Workflow'];
type Transition = Schemas['Transition'];

const historyStep = 500;

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
