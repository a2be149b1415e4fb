// From a run to the failure workflow that looks after it, and from that one back.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, data, type Schemas } from '../../api/client';
import { Failure, Status } from '../../parts/Parts';
import type { Definition } from '../workflows/definition';
import { pathOf } from './run';

type Workflow = Schemas['Workflow'];
type Transition = Schemas['Transition'];

// A failure workflow starts in the step that ends the run.
const aroundMs = 5_000;

async function handlerOf(run: Workflow, definitionId: string) {
  const ended = Date.parse(run.endedTime ?? '');
  const { content } = await data(
    api.GET('/api/workflows', {
      params: {
        query: {
          workflowDefinitionId: definitionId,
          startedAfter: new Date(ended - aroundMs).toISOString(),
          startedBefore: new Date(ended + aroundMs).toISOString(),
        },
      },
    }),
  );
  for (const row of content) {
    const one = await data(api.GET('/api/workflows/{workflowId}', pathOf(row.id)));
    if (one.input['swf:workflowId'] === run.id) {
      return one;
    }
  }
  return null;
}

interface FailureLinksProps {
  run: Workflow;
  definition: Definition | null | undefined;
  transitions: Transition[];
}

export function FailureLinks({ run, definition, transitions }: FailureLinksProps) {
  const failureOf = transitions[0]?.failureOf;
  const definitionId =
    typeof definition?.failureWorkflow === 'string' ? definition.failureWorkflow : '';
  const hasFailed = run.status === 'Failed' || run.status === 'TimedOut';
  const skipped = transitions.findLast((one) => one.type === 'FailureWorkflowSkipped');
  const handler = useQuery({
    queryKey: ['run', run.id, 'handler', run.endedTime],
    enabled: hasFailed && definitionId !== '' && failureOf === undefined,
    queryFn: () => handlerOf(run, definitionId),
  });
  return (
    <>
      {typeof failureOf === 'string' ? (
        <p className="run-failure">
          This is the failure workflow of{' '}
          <Link to="/runs/$workflowId" params={{ workflowId: failureOf }}>
            the run that failed
          </Link>
          .
        </p>
      ) : null}
      {hasFailed && skipped ? (
        <p className="run-failure">
          Its failure workflow was not started: {String(skipped.reason)}
        </p>
      ) : null}
      {hasFailed && handler.data ? (
        <p className="row run-failure">
          <Link to="/runs/$workflowId" params={{ workflowId: handler.data.id }}>
            Its failure workflow
          </Link>
          <Status name={handler.data.status} />
        </p>
      ) : null}
      <Failure error={handler.error} />
    </>
  );
}
