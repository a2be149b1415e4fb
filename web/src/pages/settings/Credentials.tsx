// Saved credentials of Http tasks: what they are, never what they hold.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, data, type Schemas } from '../../api/client';
import { useKeys } from '../../frame/page';
import { FormDialog } from '../../parts/FormDialog';
import { Empty, Failure, Time } from '../../parts/Parts';
import { Wide } from '../../parts/Wide';
import { CredentialDialog, kindOf } from './CredentialDialog';

type Credential = Schemas['Credential'];

// What of it may be shown, for example its username or the headers that it fills.
function shownOf(one: Credential) {
  const more = one as Record<string, unknown>;
  if (Array.isArray(more.values)) {
    return (more.values as { in: string; name: string }[])
      .map((value) => `${value.in} ${value.name}`)
      .join(', ');
  }
  return [more.username, more.clientId, more.tokenUrl]
    .filter((part) => typeof part === 'string')
    .join(', ');
}

export function Credentials() {
  const credentials = useQuery({
    queryKey: ['credentials'],
    queryFn: () => data(api.GET('/api/credentials')),
  });
  const [isMaking, setMaking] = useState(false);
  const [changing, setChanging] = useState<Credential>();
  const [deleting, setDeleting] = useState<Credential>();
  useKeys([{ key: 'n', does: 'New credential', act: () => setMaking(true) }]);
  const list = credentials.data ?? [];
  return (
    <>
      <div className="head">
        <p className="soft">
          Http tasks name a credential; its secret parts join a request only on the way out, and only
          to the hosts it is bound to. They are sealed on disk and never shown again.
        </p>
        <button type="button" className="button primary" onClick={() => setMaking(true)}>
          New credential
        </button>
      </div>
      <Failure error={credentials.error} />
      {credentials.isSuccess && list.length === 0 ? (
        <Empty>
          <div>
            No credential is saved. Make one here, or where a prepared request asks for it in a
            workflow.
          </div>
        </Empty>
      ) : null}
      {list.length > 0 ? (
        <Wide label="Credentials">
          <table>
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Type</th>
                <th scope="col">Only sent to</th>
                <th scope="col">Changed</th>
                <th scope="col">
                  <span className="visually-hidden">What can be done</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {list.map((one) => (
                <tr key={one.id}>
                  <td>
                    {one.name}
                    <div className="soft mono">{one.id}</div>
                  </td>
                  <td>
                    {kindOf(one.type).label}
                    <div className="soft">{shownOf(one)}</div>
                  </td>
                  <td className="mono">{one.hosts.join(', ')}</td>
                  <td>
                    <Time at={one.modifiedOn} />
                  </td>
                  <td>
                    <div className="row" style={{ flexWrap: 'nowrap' }}>
                      <button type="button" className="button" onClick={() => setChanging(one)}>
                        Replace…
                      </button>
                      <button type="button" className="button" onClick={() => setDeleting(one)}>
                        Delete…
                      </button>
                    </div>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Wide>
      ) : null}
      {isMaking ? <CredentialDialog onClose={() => setMaking(false)} /> : null}
      {changing ? (
        <CredentialDialog credential={changing} onClose={() => setChanging(undefined)} />
      ) : null}
      {deleting ? (
        <DeleteCredential credential={deleting} onClose={() => setDeleting(undefined)} />
      ) : null}
    </>
  );
}

function DeleteCredential({ credential, onClose }: { credential: Credential; onClose: () => void }) {
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () =>
      api.DELETE('/api/credentials/{credentialId}', {
        params: { path: { credentialId: credential.id } },
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['credentials'] });
      onClose();
    },
  });
  return (
    <FormDialog
      title={`Delete ${credential.name}`}
      what="Http tasks that name it fail from their next attempt on, until they name another one. Its secret can’t be brought back; to change it, replace it instead."
      verb="Delete credential"
      isBusy={remove.isPending}
      error={remove.error}
      onSubmit={() => remove.mutate()}
      onClose={onClose}
    />
  );
}
