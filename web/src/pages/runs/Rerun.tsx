// Lets a run that has ended run anew from one of its completed tasks.
import { useMutation } from '@tanstack/react-query';
import { Dialog } from 'radix-ui';
import { useState } from 'react';
import { api, data, type Schemas } from '../../api/client';
import { Failure } from '../../parts/Parts';
import { pathOf } from './run';

type Workflow = Schemas['Workflow'];
type TaskRow = Schemas['TaskRow'];

// Completed, not replaced, and not inside a branch: that one runs anew with its Parallel task.
export function rerunnable(rows: TaskRow[], transitions: Schemas['Transition'][]): TaskRow[] {
  const inside = new Set(
    transitions
      .filter((one) => one.type === 'TaskScheduled' && one.parent !== undefined)
      .map((one) => one.taskId),
  );
  return rows.filter(
    (one) => one.status === 'Completed' && !one.superseded && !inside.has(one.id),
  );
}

interface RerunDialogProps {
  run: Workflow;
  tasks: TaskRow[];
  onDone: (now: Workflow) => void;
  onClose: () => void;
}

export function RerunDialog({ run, tasks, onDone, onClose }: RerunDialogProps) {
  const [taskId, setTaskId] = useState(tasks.at(-1)?.id ?? '');
  const at = tasks.findIndex((one) => one.id === taskId);
  const name = tasks[at]?.taskName ?? '';
  const rerun = useMutation({
    mutationFn: () =>
      data(
        api.POST('/api/workflows/{workflowId}/rerun', { ...pathOf(run.id), body: { taskId } }),
      ),
    onSuccess: (now) => {
      onDone(now);
      onClose();
    },
  });
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="dialog-back" />
        <Dialog.Content className="dialog narrow">
          <form
            className="stack"
            onSubmit={(event) => {
              event.preventDefault();
              rerun.mutate();
            }}
          >
            <Dialog.Title asChild>
              <h2>Rerun #{run.sequenceNumber}</h2>
            </Dialog.Title>
            <Dialog.Description>
              The run goes on from the task you choose, which begins anew with the outputs of what ran
              before it. Requests behind it are sent again.
            </Dialog.Description>
            <label>
              From
              <select
                className="field"
                value={taskId}
                onChange={(event) => setTaskId(event.target.value)}
              >
                {tasks.map((one) => (
                  <option key={one.id} value={one.id}>
                    {one.taskName}
                  </option>
                ))}
              </select>
            </label>
            <Failure error={rerun.error} />
            <div className="row run-actions">
              <button type="button" className="button" onClick={onClose}>
                Cancel
              </button>
              <button type="submit" className="button primary" disabled={rerun.isPending}>
                Rerun from {name}
              </button>
            </div>
          </form>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
