// Removes a User with all its Items: says first what goes, shows the call that does the same, and asks
// for the User's name typed, since there is no way back.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, data } from '../../api/client';
import { sessionQuery } from '../../api/session';
import { FormDialog } from '../../parts/FormDialog';
import { Failure } from '../../parts/Parts';
import { counted, userQuery, type Environment, type User } from './items';
import { SameCall, TakesAdmin } from './RemovalParts';
import type { Removed } from './RemoveItems';

interface RemoveUserProps {
  environment: Environment;
  user: User;
  onClose: () => void;
  onRemoved: (removed: Removed) => void;
}

export function RemoveUser({ environment, user, onClose, onRemoved }: RemoveUserProps) {
  const queries = useQueryClient();
  const session = useQuery(sessionQuery);
  const [typed, setTyped] = useState('');
  const request = { params: { path: { environment, userId: user.userId } } };
  const preview = useQuery({
    queryKey: ['items', environment, 'user-removal-preview', user.userId],
    queryFn: () =>
      data(api.GET('/api/environments/{environment}/users/{userId}/removal-preview', request)),
    // What it says must hold now.
    staleTime: 0,
    gcTime: 0,
  });
  const remove = useMutation({
    mutationFn: () =>
      data(api.POST('/api/environments/{environment}/users/{userId}/remove', request)),
    onSuccess: (done) => {
      onRemoved(done);
      queries.removeQueries({ queryKey: userQuery(environment, user.userId).queryKey });
      void queries.invalidateQueries({ queryKey: ['items', environment] });
    },
    onError: () => void preview.refetch(),
  });
  const seen = preview.data;
  const name = user.clientUserId || user.userId;
  const isAdmin = session.data?.scope === 'admin';
  const items = seen?.totals.items ?? 0;
  return (
    <FormDialog
      title={`Remove the User ${name}`}
      verb={items > 0 ? `Remove User and ${counted(items, 'Item')}` : 'Remove User'}
      isWide
      isDanger
      isReady={seen !== undefined && isAdmin && typed.trim() === name}
      isBusy={remove.isPending}
      error={remove.error}
      onSubmit={() => remove.mutate()}
      onClose={onClose}
    >
      <Failure error={preview.error} />
      {seen ? (
        <>
          <ul className="effects">
            {seen.effects.map((effect) => (
              <li key={effect}>{effect}</li>
            ))}
          </ul>
          <SameCall call={seen.call} />
        </>
      ) : preview.error ? null : (
        <div role="status" className="soft">
          Looking at what goes…
        </div>
      )}
      {isAdmin ? (
        <label>
          Type {name} to remove it for good
          <input
            className="field"
            autoComplete="off"
            spellCheck={false}
            autoFocus
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        </label>
      ) : (
        <TakesAdmin scope={session.data?.scope} />
      )}
    </FormDialog>
  );
}
