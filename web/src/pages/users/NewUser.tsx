// Makes a User, as /user/create does.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, data } from '../../api/client';
import { aboutQuery } from '../../api/session';
import { FormDialog } from '../../parts/FormDialog';
import { ShownOnce } from '../../parts/ShownOnce';
import type { Environment } from './items';

export function NewUser(props: { environment: Environment; onClose: () => void }) {
  const { environment, onClose } = props;
  const queries = useQueryClient();
  const navigate = useNavigate();
  const about = useQuery(aboutQuery);
  const clients = about.data?.clients ?? [];
  const [clientUserId, setClientUserId] = useState('');
  const [chosen, setChosen] = useState('');
  const [isLegacy, setLegacy] = useState(false);
  const [token, setToken] = useState<{ userId: string; userToken: string }>();
  const client = clients.find((one) => one.clientId === chosen) ?? clients[0];

  const open = (userId: string) =>
    void navigate({ to: '/users/$environment/$userId', params: { environment, userId } });
  const make = useMutation({
    mutationFn: () =>
      data(
        api.POST('/api/environments/{environment}/users', {
          params: { path: { environment } },
          body: {
            clientUserId: clientUserId.trim(),
            ...(client ? { clientId: client.clientId } : {}),
            ...(client?.legacy ? { legacy: isLegacy } : {}),
          },
        }),
      ),
    // A reply that may hold a token is not kept.
    gcTime: 0,
    onSuccess: async ({ userId, userToken }) => {
      await queries.invalidateQueries({ queryKey: ['items', environment, 'users'] });
      if (userToken) {
        setToken({ userId, userToken });
      } else {
        open(userId);
      }
    },
  });
  if (token) {
    return (
      <ShownOnce
        title={`User ${clientUserId.trim()}`}
        what="The user_token is shown here and never again: Tartan keeps only a hash of it."
        values={[{ name: 'user_token', value: token.userToken }]}
        onClose={() => open(token.userId)}
      />
    );
  }
  return (
    <FormDialog
      title={`New User in ${environment}`}
      what="As POST /user/create does it. A client_user_id that is there already opens its User."
      verb="Make User"
      isReady={clientUserId.trim() !== ''}
      isBusy={make.isPending}
      error={make.error}
      onSubmit={() => make.mutate()}
      onClose={onClose}
    >
      <label>
        client_user_id: what your program calls the person, without personal details
        <input
          className="field"
          autoFocus
          maxLength={200}
          placeholder="user-4711"
          value={clientUserId}
          onChange={(event) => setClientUserId(event.target.value)}
        />
      </label>
      {clients.length > 1 ? (
        <label>
          Client
          <select
            className="field"
            value={client?.clientId ?? ''}
            onChange={(event) => setChosen(event.target.value)}
          >
            {clients.map((one) => (
              <option key={one.clientId} value={one.clientId}>
                {one.name || one.clientId}
              </option>
            ))}
          </select>
        </label>
      ) : null}
      {client?.legacy ? (
        <label className="row">
          <input
            type="checkbox"
            checked={isLegacy}
            onChange={(event) => setLegacy(event.target.checked)}
          />
          With the older User API, which names a User by a user_token
        </label>
      ) : null}
    </FormDialog>
  );
}
