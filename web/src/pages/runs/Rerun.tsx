// Lets a run that has ended run anew from one of its completed tasks.
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, data, type Schemas } from '../../api/client';
import { FormDialog } from '../../parts/FormDialog';
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
  return rows.filter((one) => one.status === 'Completed' && !one.superseded && !inside.has(one.id));
}

interface RerunDialogProps {
  run: Workflow;
  tasks: TaskRow[];
  onDone: (now: Workflow) => void;
  onClose: () => void;
}

export function RerunDialog({ run, tasks, onDone, onClose }: RerunDialogProps) {
  const [taskId, setTaskId] = useState(tasks.at(-1)?.id ?? '');
  const name = tasks.find((one) => one.id === taskId)?.taskName ?? '';
  const rerun = useMutation({
    mutationFn: () =>
      data(api.POST('/api/workflows/{workflowId}/rerun', { ...pathOf(run.id), body: { taskId } })),
    onSuccess: (now) => {
      onDone(now);
      onClose();
    },
  });
  return (
    <FormDialog
      title={`Rerun #${run.sequenceNumber}`}
      what="The run goes on from the task you choose, which begins anew with the outputs of what ran before it. Requests behind it are sent again."
      verb={`Rerun from ${name}`}
      isBusy={rerun.isPending}
      error={rerun.error}
      onSubmit={() => rerun.mutate()}
      onClose={onClose}
    >
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
    </FormDialog>
  );
}
