// Starts a new run with the input of an earlier one, changed or not.
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Dialog } from 'radix-ui';
import { useState } from 'react';
import { api, data, type Schemas } from '../../api/client';
import { JsonField, type Json } from '../../http-task/Request';
import { Failure } from '../../parts/Parts';

// Without what Tartan adds to every input.
function givenInput(input: { [name: string]: unknown }) {
  const given = Object.entries(input).filter(([name]) => !name.startsWith('swf:'));
  return Object.fromEntries(given) as { [name: string]: Json };
}

export function StartAgain({ run, onClose }: { run: Schemas['Workflow']; onClose: () => void }) {
  const navigate = useNavigate();
  const [input, setInput] = useState<Json | undefined>(() => givenInput(run.input));
  const [isSame, setSame] = useState(false);
  const start = useMutation({
    mutationFn: () =>
      data(
        api.POST('/api/workflows', {
          body: {
            workflowDefinitionId: run.workflowDefinitionId,
            input: (input ?? {}) as Record<string, never>,
            ...(isSame ? { workflowDefinitionVersion: run.workflowDefinitionVersion } : {}),
          },
        }),
      ),
    onSuccess: (workflowId) =>
      navigate({ to: '/runs/$workflowId', params: { workflowId: String(workflowId) } }),
  });
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="dialog-back" />
        <Dialog.Content className="dialog">
          <Dialog.Title asChild>
            <h2>Start again</h2>
          </Dialog.Title>
          <Dialog.Description>
            A new run with this input; run #{run.sequenceNumber} stays as it is.
          </Dialog.Description>
          <JsonField label="Input of the new run" value={input} onChange={setInput} />
          <label>
            Version
            <select
              className="field"
              value={isSame ? 'same' : 'latest'}
              onChange={(event) => setSame(event.target.value === 'same')}
            >
              <option value="latest">The latest version</option>
              <option value="same">
                The version of this run, v{run.workflowDefinitionVersion}
              </option>
            </select>
          </label>
          <Failure error={start.error} />
          <div className="row run-actions">
            <button type="button" className="button" onClick={onClose}>
              Cancel
            </button>
            <button
              type="button"
              className="button primary"
              disabled={start.isPending}
              onClick={() => start.mutate()}
            >
              Start run
            </button>
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
