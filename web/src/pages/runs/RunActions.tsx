// What can be done with a run in its state.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { api, data, type Schemas } from '../../api/client';
import { useKeys } from '../../frame/page';
import { FormDialog } from '../../parts/FormDialog';
import { Failure } from '../../parts/Parts';
import { isFinal } from './follow';
import { RerunDialog, rerunnable } from './Rerun';
import { pathOf } from './run';

type Workflow = Schemas['Workflow'];

const StartAgain = lazy(() =>
  import('./StartAgain').then(({ StartAgain }) => ({ default: StartAgain })),
);

interface ActionsProps {
  run: Workflow;
  rows: Schemas['TaskRow'][];
  transitions: Schemas['Transition'][];
}

export function Actions({ run, rows, transitions }: ActionsProps) {
  const queries = useQueryClient();
  const [asking, setAsking] = useState<'terminate' | 'rerun' | 'restart'>();
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
  const isBusy = change.isPending;
  const act = (what: 'pause' | 'resume' | 'retry') => {
    if (!isBusy) {
      change.mutate(what);
    }
  };
  const close = () => setAsking(undefined);
  const anew = rerunnable(rows, transitions);
  const ended = isFinal(run.status);
  useKeys([
    ...(run.status === 'Running' ? [{ key: 'p', does: 'Pause', act: () => act('pause') }] : []),
    ...(run.status === 'Paused' ? [{ key: 'p', does: 'Resume', act: () => act('resume') }] : []),
    ...(ended ? [] : [{ key: 't', does: 'Terminate…', act: () => setAsking('terminate') }]),
    ...(ended && run.status !== 'Completed'
      ? [{ key: 'r', does: 'Retry', act: () => act('retry') }]
      : []),
    ...(ended && anew.length > 0
      ? [{ key: 'e', does: 'Rerun from a task…', act: () => setAsking('rerun') }]
      : []),
    ...(ended ? [{ key: 'a', does: 'Start again…', act: () => setAsking('restart') }] : []),
  ]);
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
            onClick={() => setAsking('terminate')}
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
        {ended && anew.length > 0 ? (
          <button
            type="button"
            className="button"
            disabled={isBusy}
            title="Goes on from a completed task as if what came after had not been"
            onClick={() => setAsking('rerun')}
          >
            Rerun…
          </button>
        ) : null}
        {ended ? (
          <button
            type="button"
            className="button"
            disabled={isBusy}
            title="Starts a new run with this input, or a changed one"
            onClick={() => setAsking('restart')}
          >
            Start again…
          </button>
        ) : null}
      </div>
      <Failure error={change.error} />
      {asking === 'terminate' ? (
        <TerminateDialog run={run} onDone={changed} onClose={close} />
      ) : null}
      {asking === 'rerun' ? (
        <RerunDialog run={run} tasks={anew} onDone={changed} onClose={close} />
      ) : null}
      {asking === 'restart' ? (
        <Suspense fallback={null}>
          <StartAgain run={run} onClose={close} />
        </Suspense>
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
    <FormDialog
      title={`Terminate run #${run.sequenceNumber}`}
      what="The run ends now and its open tasks are cancelled. Its failure workflow is not started."
      verb="Terminate run"
      isBusy={terminate.isPending}
      error={terminate.error}
      onSubmit={() => terminate.mutate()}
      onClose={onClose}
    >
      <label>
        Reason
        <input
          className="field"
          value={reason}
          placeholder="Why it ends; stands in the history"
          onChange={(event) => setReason(event.target.value)}
        />
      </label>
    </FormDialog>
  );
}
