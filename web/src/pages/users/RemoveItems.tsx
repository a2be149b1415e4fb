// Removes several Items of a User: says first what goes and what stays, shows the call that does the
// same, and asks for the number typed, since there is no way back.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, data } from '../../api/client';
import { sessionQuery } from '../../api/session';
import { FormDialog } from '../../parts/FormDialog';
import { Id } from '../../parts/Id';
import { Failure } from '../../parts/Parts';
import { Wide } from '../../parts/Wide';
import { counted, userQuery, type Environment, type User } from './items';
import { SameCall, TakesAdmin } from './RemovalParts';

export interface Removed {
  itemIds: string[];
  removedAt: string;
  requestId: string;
}

interface RemoveItemsProps {
  environment: Environment;
  user: User;
  itemIds: string[];
  onClose: () => void;
  onRemoved: (removed: Removed) => void;
}

export function RemoveItems({ environment, user, itemIds, onClose, onRemoved }: RemoveItemsProps) {
  const queries = useQueryClient();
  const session = useQuery(sessionQuery);
  const [typed, setTyped] = useState('');
  const request = {
    params: { path: { environment, userId: user.userId } },
    body: { itemIds },
  };
  const preview = useQuery({
    queryKey: ['items', environment, 'removal-preview', user.userId, itemIds],
    queryFn: () =>
      data(api.POST('/api/environments/{environment}/users/{userId}/removal-preview', request)),
    // What it says must hold now.
    staleTime: 0,
    gcTime: 0,
  });
  const remove = useMutation({
    mutationFn: () =>
      data(api.POST('/api/environments/{environment}/users/{userId}/remove-items', request)),
    onSuccess: async (done) => {
      await queries.invalidateQueries({ queryKey: ['items', environment] });
      onRemoved(done);
    },
    // What stood there when the dialog opened no longer holds.
    onError: () => {
      void preview.refetch();
      void queries.invalidateQueries({ queryKey: userQuery(environment, user.userId).queryKey });
    },
  });
  const seen = preview.data;
  const isAdmin = session.data?.scope === 'admin';
  const items = counted(itemIds.length, 'Item');
  return (
    <FormDialog
      title={`Remove ${items} of ${user.clientUserId || user.userId}`}
      verb={`Remove ${items}`}
      isWide
      isDanger
      isReady={seen?.removable === true && isAdmin && typed.trim() === String(itemIds.length)}
      isBusy={remove.isPending}
      error={remove.error}
      onSubmit={() => remove.mutate()}
      onClose={onClose}
    >
      <Failure error={preview.error} />
      {seen ? (
        <>
          {seen.removable ? null : (
            <div className="note bad" role="alert">
              {seen.problem}
              {seen.strangers.map((id) => (
                <div key={id}>
                  <code>{id}</code>
                </div>
              ))}
            </div>
          )}
          <ul className="effects">
            {seen.effects.map((effect) => (
              <li key={effect}>{effect}</li>
            ))}
          </ul>
          <Wide label="What goes">
            <table className="folds">
              <thead>
                <tr>
                  <th scope="col">Goes</th>
                  <th scope="col">item_id</th>
                  <th scope="col" className="number">
                    Accounts
                  </th>
                  <th scope="col" className="number">
                    Tokens
                  </th>
                  <th scope="col">Subscriptions that end</th>
                </tr>
              </thead>
              <tbody>
                {seen.items.map((one) => (
                  <tr key={one.itemId}>
                    <td>{one.institutionName}</td>
                    <td style={{ overflowWrap: 'anywhere' }}>
                      <Id text={one.itemId} />
                    </td>
                    <td className="number" data-label="Accounts">
                      {one.accounts.length}
                    </td>
                    <td className="number" data-label="Tokens">
                      {one.accessTokens}
                    </td>
                    <td data-label="Ends">
                      {one.subscriptions.map(({ product }) => product).join(', ') || 'none'}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Wide>
          <SameCall call={seen.call} />
        </>
      ) : preview.error ? null : (
        <div role="status" className="soft">
          Looking at what goes…
        </div>
      )}
      {isAdmin ? (
        <label>
          Type {itemIds.length} to remove {items} for good
          <input
            className="field"
            style={{ width: 120 }}
            inputMode="numeric"
            autoComplete="off"
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
