// Starts a run of the saved definition with an input that is remembered.
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Dialog } from 'radix-ui';
import { useState } from 'react';
import { api, data } from '../../api/client';
import { JsonField, type Json } from '../../http-task/Request';
import { Failure } from '../../parts/Parts';

export function StartDialog({ definitionId, onClose }: { definitionId: string; onClose: () => void }) {
  const navigate = useNavigate();
  const place = `tartan-input ${definitionId}`;
  const [input, setInput] = useState<Json | undefined>(
    () => JSON.parse(localStorage.getItem(place) ?? '{}') as Json,
  );
  const start = useMutation({
    mutationFn: () => {
      localStorage.setItem(place, JSON.stringify(input ?? {}));
      return data(
        api.POST('/api/workflows', {
          body: { workflowDefinitionId: definitionId, input: (input ?? {}) as Record<string, never> },
        }),
      );
    },
    onSuccess: (workflowId) =>
      navigate({ to: '/runs/$workflowId', params: { workflowId: String(workflowId) } }),
  });
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="dialog-back" />
        <Dialog.Content className="dialog" aria-describedby={undefined}>
          <Dialog.Title asChild>
            <h2 style={{ margin: 0 }}>Run</h2>
          </Dialog.Title>
          <JsonField label="Input of the workflow" value={input} onChange={setInput} />
          <Failure error={start.error} />
          <div className="row" style={{ justifyContent: 'end' }}>
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
