// One run: its state, what can be done with it, its graph, its tasks along the time, its history.
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useMemo } from 'react';
import { api, data, Problem, type Schemas } from '../../api/client';
import { useTrail } from '../../frame/page';
import { Id } from '../../parts/Id';
import { useNameOf } from '../../parts/useNameOf';
import { CopyButton, Failure, Status, Time } from '../../parts/Parts';
import type { Definition } from '../workflows/definition';
import { lastRefusal } from './answered';
import { versionQuery } from './definitions';
import { FailureLinks } from './FailureLinks';
import { duration, isFinal } from './follow';
import { Lost } from './Lost';
import { Reason } from './Reason';
import { pathOf, useLive, useNow, useTasks } from './run';
import { Actions } from './RunActions';
import { History } from './RunHistory';
import { Input, Json } from './RunJson';
import { TaskDetails } from './RunTask';
import { Timeline } from './RunTimeline';
import { stepsByTask } from './timeline';
import './runs.css';

type Workflow = Schemas['Workflow'];
type TaskRow = Schemas['TaskRow'];
type Transition = Schemas['Transition'];

// The graph's script comes while the run is read, not after it.
const loadGraph = () => import('./RunGraph');
void loadGraph().catch(() => undefined);
const RunGraph = lazy(() => loadGraph().then(({ RunGraph }) => ({ default: RunGraph })));

const noSteps: Transition[] = [];

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
  const definition = useQuery(
    versionQuery(run.data?.workflowDefinitionId, run.data?.workflowDefinitionVersion),
  );
  const history = useQuery({
    queryKey: ['run', workflowId, 'history'],
    queryFn: () => data(api.GET('/api/workflows/{workflowId}/history', pathOf(workflowId))),
    structuralSharing: false,
  });
  const { tasks, rows } = useTasks(workflowId);
  const lostAt = useLive(workflowId, run.data !== undefined && !isFinal(run.data.status));

  const isMissing = run.error instanceof Problem && run.error.status === 404;
  const transitions = history.data?.transitions ?? noSteps;

  useTrail([
    {
      text: run.data ? `${definition.data?.name ?? 'Run'} #${run.data.sequenceNumber}` : workflowId,
    },
  ]);

  if (!run.data) {
    return (
      <div className="page">
        {isMissing ? (
          <>
            <h1>There is no such run</h1>
            <p>
              No run has the id <code>{workflowId}</code>; it was never started, or has been
              deleted.
            </p>
            <Link to="/runs" className="button">
              See every run
            </Link>
          </>
        ) : (
          <>
            <h1>Run</h1>
            {run.error ? <Failure error={run.error} /> : <div role="status">Reading the run…</div>}
          </>
        )}
      </div>
    );
  }
  return (
    <div className="page">
      <Head
        run={run.data}
        name={definition.data?.name ?? run.data.workflowDefinitionId}
        isDeleted={definition.data === null}
        rows={rows}
        transitions={transitions}
      />
      <Lost since={lostAt} />
      {lostAt === undefined ? <Failure error={run.error ?? definition.error} /> : null}
      {run.data.failedReason ? (
        <Reason
          status={run.data.status}
          text={run.data.failedReason}
          cause={run.data.failedCause}
          refusal={lastRefusal(transitions.filter((one) => one.taskId === run.data.failedTaskId))}
        />
      ) : null}
      <FailureLinks run={run.data} definition={definition.data} transitions={transitions} />
      {definition.data ? (
        <Picture definition={definition.data} rows={rows} transitions={transitions} />
      ) : null}
      <h2>Timeline</h2>
      {lostAt === undefined ? <Failure error={tasks.error} /> : null}
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
        <Timeline run={run.data} rows={rows} transitions={transitions} />
      )}
      <h2>Input and output</h2>
      <div className="run-pair">
        <Input title="Input of the run" value={run.data.input} />
        <Json title="Output of the run" value={run.data.output} />
      </div>
      <h2>History</h2>
      {lostAt === undefined ? <Failure error={history.error} /> : null}
      <History transitions={transitions} />
    </div>
  );
}

interface PictureProps {
  definition: Definition;
  rows: TaskRow[];
  transitions: Transition[];
}

// The graph, and beside it the task that is chosen in the address.
function Picture({ definition, rows, transitions }: PictureProps) {
  const { task: selected } = useSearch({ from: '/inside/runs/$workflowId' });
  const navigate = useNavigate({ from: '/runs/$workflowId' });
  const steps = useMemo(() => stepsByTask(transitions), [transitions]);
  const select = (task: string | undefined) =>
    void navigate({ search: task === undefined ? {} : { task }, replace: true });
  const visits = rows.filter((row) => row.taskName === selected);
  const row = visits.findLast((one) => !one.superseded) ?? visits.at(-1);
  return (
    <div className={`run-picture ${selected === undefined ? '' : 'with-task'}`}>
      <div className="run-graph" role="region" aria-label="Graph of the run">
        <Suspense fallback={null}>
          <RunGraph
            definition={definition}
            rows={rows}
            transitions={transitions}
            selected={selected}
            onSelect={select}
          />
        </Suspense>
      </div>
      {selected === undefined ? null : (
        <section className="run-task stack" aria-label={`Task ${selected}`}>
          <div className="spread">
            <h2>{selected}</h2>
            <div className="row">
              {row ? <Status name={row.status} /> : null}
              <button type="button" className="button plain" onClick={() => select(undefined)}>
                Close
              </button>
            </div>
          </div>
          {visits.length > 1 ? (
            <div className="soft">Its last visit; the timeline below has those before.</div>
          ) : null}
          {row ? (
            <TaskDetails key={row.id} task={row} steps={steps.get(row.id) ?? []} />
          ) : (
            <div className="soft">The run has not come here.</div>
          )}
        </section>
      )}
    </div>
  );
}

interface HeadProps {
  run: Workflow;
  name: string;
  isDeleted: boolean;
  rows: TaskRow[];
  transitions: Transition[];
}

function isSameDay(one: number | undefined, other: number) {
  return one !== undefined && new Date(one).toDateString() === new Date(other).toDateString();
}

function Head({ run, name, isDeleted, rows, transitions }: HeadProps) {
  const now = useNow(!isFinal(run.status));
  const nameOf = useNameOf();
  const from = run.startedTime ? Date.parse(run.startedTime) : undefined;
  const to = run.endedTime ? Date.parse(run.endedTime) : now;
  return (
    <>
      <div className="spread run-head">
        <h1>
          {name} <span className="soft">#{run.sequenceNumber}</span>
        </h1>
        <Actions run={run} rows={rows} transitions={transitions} />
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
            <Time at={run.startedTime} as="short" />
          </dd>
        </div>
        <div>
          <dt>Ended</dt>
          <dd>
            <Time at={run.endedTime} as={isSameDay(from, to) ? 'clock' : 'short'} />
          </dd>
        </div>
        <div>
          <dt>Duration</dt>
          <dd>{from === undefined ? '—' : duration(to - from)}</dd>
        </div>
        <div>
          <dt>Started by</dt>
          <dd title={run.startedBy ?? undefined}>{run.startedBy ? nameOf(run.startedBy) : '—'}</dd>
        </div>
        <div>
          <dt>Definition</dt>
          <dd>
            {isDeleted ? (
              <>deleted, so its graph can't be drawn; was v{run.workflowDefinitionVersion}</>
            ) : (
              <Link
                to="/workflows/$definitionId"
                params={{ definitionId: run.workflowDefinitionId }}
                aria-label={`${name} v${run.workflowDefinitionVersion}`}
              >
                v{run.workflowDefinitionVersion}
              </Link>
            )}
          </dd>
        </div>
        <div>
          <dt>Id</dt>
          <dd className="row">
            <Id text={run.id} isShort /> <CopyButton text={run.id} />
          </dd>
        </div>
      </dl>
    </>
  );
}
