// Starts a run of the saved definition with an input that is remembered.
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Dialog } from 'radix-ui';
import { useState } from 'react';
import { api, data } from '../../api/client';
import { JsonField } from '../../http-task/JsonField';
import { asObject, shownText, type JsonObject } from '../../parts/json';
import { Failure } from '../../parts/Parts';
import { rememberInput } from './samples';

export function StartDialog({
  definitionId,
  initial,
  onClose,
}: {
  definitionId: string;
  initial: JsonObject;
  onClose: () => void;
}) {
  const navigate = useNavigate();
  const [input, setInput] = useState(initial);
  const start = useMutation({
    mutationFn: () => {
      rememberInput(definitionId, input);
      const body = { workflowDefinitionId: definitionId, input };
      return data(api.POST('/api/workflows', { body: body }));
    },
    onSuccess: (workflowId) =>
      navigate({ to: '/runs/$workflowId', params: { workflowId: shownText(workflowId) } }),
  });
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="dialog-back" />
        <Dialog.Content className="dialog" aria-describedby={undefined}>
          <Dialog.Title asChild>
            <h2 style={{ margin: 0 }}>Run</h2>
          </Dialog.Title>
          <JsonField
            label="Input of the workflow"
            value={input}
            onChange={(value) => setInput(asObject(value))}
          />
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
