// Starts a new run with the input of an earlier one, changed or not.
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, data, type Schemas } from '../../api/client';
import { JsonField, type Json } from '../../http-task/Request';
import { FormDialog } from '../../parts/FormDialog';
import { isObject, shownText } from '../../parts/json';
import { UnreadFields, useUnread } from '../../parts/unread';

// Without what Tartan adds to every input.
function givenInput(input: { [name: string]: unknown }) {
  const given = Object.entries(input).filter(([name]) => !name.startsWith('swf:'));
  return Object.fromEntries(given) as { [name: string]: Json };
}

export function StartAgain({ run, onClose }: { run: Schemas['Workflow']; onClose: () => void }) {
  const navigate = useNavigate();
  const [input, setInput] = useState<Json | undefined>(() => givenInput(run.input));
  const [isSame, setSame] = useState(false);
  const [isUnread, tellUnread] = useUnread();
  const isInput = input === undefined || isObject(input);
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
      navigate({ to: '/runs/$workflowId', params: { workflowId: shownText(workflowId) } }),
  });
  return (
    <FormDialog
      title="Start again"
      what={`A new run with this input; run #${run.sequenceNumber} stays as it is.`}
      verb="Start run"
      isWide
      isReady={!isUnread && isInput}
      isBusy={start.isPending}
      error={start.error}
      onSubmit={() => start.mutate()}
      onClose={onClose}
    >
      <UnreadFields value={tellUnread}>
        <JsonField label="Input of the new run" value={input} onChange={setInput} />
      </UnreadFields>
      {isInput ? null : (
        <div role="status" className="bad-text">
          The input is an object, for example {'{"user_id": "u1"}'}.
        </div>
      )}
      <label>
        Version
        <select
          className="field"
          value={isSame ? 'same' : 'latest'}
          onChange={(event) => setSame(event.target.value === 'same')}
        >
          <option value="latest">The latest version</option>
          <option value="same">The version of this run, v{run.workflowDefinitionVersion}</option>
        </select>
      </label>
    </FormDialog>
  );
}
