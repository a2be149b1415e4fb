// Starts a run of the saved definition with an input that is remembered.
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, data } from '../../api/client';
import { JsonField } from '../../http-task/JsonField';
import { FormDialog } from '../../parts/FormDialog';
import { isObject, shownText, type Json, type JsonObject } from '../../parts/json';
import { UnreadFields, useUnread } from '../../parts/unread';
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
  const [given, setGiven] = useState<Json | undefined>(initial);
  const [isUnread, tell] = useUnread();
  const input = given ?? {};
  const start = useMutation({
    mutationFn: (of: JsonObject) => {
      rememberInput(definitionId, of);
      return data(
        api.POST('/api/workflows', { body: { workflowDefinitionId: definitionId, input: of } }),
      );
    },
    onSuccess: (workflowId) =>
      navigate({ to: '/runs/$workflowId', params: { workflowId: shownText(workflowId) } }),
  });
  return (
    <FormDialog
      title="Run"
      verb="Start run"
      isWide
      isReady={!isUnread && isObject(input)}
      isBusy={start.isPending}
      error={start.error}
      onSubmit={() => isObject(input) && start.mutate(input)}
      onClose={onClose}
    >
      <UnreadFields value={tell}>
        <JsonField label="Input of the workflow" value={given} onChange={setGiven} />
      </UnreadFields>
      {isObject(input) ? null : (
        <div role="status" className="bad-text">
          The input is an object, for example {'{"user_id": "u1"}'}.
        </div>
      )}
    </FormDialog>
  );
}
