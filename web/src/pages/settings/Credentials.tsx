// Saved credentials of Http tasks: what they are, never what they hold.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Fragment, useState } from 'react';
import { api, data, type Schemas } from '../../api/client';
import { FormDialog } from '../../parts/FormDialog';
import { Id } from '../../parts/Id';
import { Time } from '../../parts/Parts';
import { CredentialDialog, kindOf } from './CredentialDialog';
import { Listed } from './Listed';

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

function Users({ of: { usedBy } }: { of: Credential }) {
  return usedBy.map(({ id, name }, index) => (
    <Fragment key={id}>
      {index > 0 ? ', ' : ''}
      <Link to="/workflows/$definitionId" params={{ definitionId: id }}>
        {name}
      </Link>
    </Fragment>
  ));
}

export function Credentials() {
  const credentials = useQuery({
    queryKey: ['credentials'],
    queryFn: () => data(api.GET('/api/credentials')),
  });
  const [isMaking, setMaking] = useState(false);
  const [changing, setChanging] = useState<Credential>();
  const [deleting, setDeleting] = useState<Credential>();
  return (
    <>
      <Listed
        label="Credentials"
        what="Http tasks name a credential; its secret parts join a request only on the way out, and only to the hosts it is bound to. They are sealed on disk and never shown again."
        make="New credential"
        onMake={() => setMaking(true)}
        list={credentials.data}
        error={credentials.error}
        empty="No credential is saved. Make one here, or where a prepared request asks for it in a workflow."
        columns={['Name', 'Type', 'Only sent to', 'Used by', 'Changed']}
        keyOf={(one) => one.id}
        row={(one) => (
          <>
            <td>
              {one.name}
              <div className="soft">
                <Id text={one.id} />
              </div>
            </td>
            <td>
              {kindOf(one.type).label}
              <div className="soft">{shownOf(one)}</div>
            </td>
            <td className="mono" data-label="only sent to">
              {one.hosts.join(', ')}
            </td>
            <td data-label="used by">
              {one.usedBy.length > 0 ? <Users of={one} /> : <span className="soft">—</span>}
            </td>
            <td data-label="changed">
              <Time at={one.modifiedOn} as="short" />
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
          </>
        )}
      />
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

function DeleteCredential({
  credential,
  onClose,
}: {
  credential: Credential;
  onClose: () => void;
}) {
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
      what={
        <>
          {credential.usedBy.length > 0 ? (
            <>
              Http tasks of <Users of={credential} /> fail from their next attempt on, until they
              name another one.
            </>
          ) : (
            'No workflow names it in its latest version; runs of an earlier one that do fail from their next attempt on.'
          )}{' '}
          Its secret can’t be brought back; to change it, replace it instead.
        </>
      }
      verb="Delete credential"
      isDanger
      isBusy={remove.isPending}
      error={remove.error}
      onSubmit={() => remove.mutate()}
      onClose={onClose}
    />
  );
}
