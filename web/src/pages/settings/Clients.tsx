// The clients of the Users & Items API: who may call it, with a secret for each environment.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, data, type Schemas } from '../../api/client';
import { aboutQuery } from '../../api/session';
import { FormDialog } from '../../parts/FormDialog';
import { Id } from '../../parts/Id';
import { CopyButton, Time } from '../../parts/Parts';
import { ShownOnce } from '../../parts/ShownOnce';
import { Listed } from './Listed';

type Client = Schemas['Client'];
type Environment = Schemas['RotateSecretRequest']['environment'];
interface Secrets {
  title: string;
  values: { name: string; value: string }[];
}

const environments: Environment[] = ['sandbox', 'production'];

export function Clients() {
  const clients = useQuery({
    queryKey: ['clients'],
    queryFn: () => data(api.GET('/api/clients')),
  });
  const [isMaking, setMaking] = useState(false);
  const [rotating, setRotating] = useState<Client>();
  const [secrets, setSecrets] = useState<Secrets>();
  return (
    <>
      <Listed
        label="Clients"
        what={
          <>
            A client is who calls the Users &amp; Items API: its <code>client_id</code> and the
            secret of an environment. What one client makes, no other sees.
          </>
        }
        make="New client"
        onMake={() => setMaking(true)}
        list={clients.data?.clients}
        error={clients.error}
        empty="There is no client."
        columns={['Name', 'client_id', 'User API', 'Made']}
        keyOf={(one) => one.client_id}
        row={(one) => (
          <>
            <td>{one.name || <span className="soft">no name</span>}</td>
            <td>
              <Id text={one.client_id} />
            </td>
            <td data-label="User API" title={one.legacy ? 'Speaks user_token' : 'Speaks user_id'}>
              {one.legacy ? 'older' : 'current'}
            </td>
            <td data-label="made">
              <Time at={one.created_at} as="short" />
            </td>
            <td>
              <div className="row">
                <CopyButton text={one.client_id} label="Copy id" />
                <button type="button" className="button" onClick={() => setRotating(one)}>
                  Rotate secret…
                </button>
              </div>
            </td>
          </>
        )}
      />
      {isMaking ? (
        <NewClient
          onClose={() => setMaking(false)}
          onMade={(made) => {
            setMaking(false);
            setSecrets(made);
          }}
        />
      ) : null}
      {rotating ? (
        <RotateSecret
          client={rotating}
          onClose={() => setRotating(undefined)}
          onDone={(done) => {
            setRotating(undefined);
            setSecrets(done);
          }}
        />
      ) : null}
      {secrets ? (
        <ShownOnce
          {...secrets}
          what="Secrets are shown here and never again. Put them where your program reads them."
          onClose={() => setSecrets(undefined)}
        />
      ) : null}
    </>
  );
}

function NewClient(props: { onClose: () => void; onMade: (secrets: Secrets) => void }) {
  const queries = useQueryClient();
  const about = useQuery(aboutQuery);
  const [name, setName] = useState('');
  const [clientId, setClientId] = useState('');
  const [isLegacy, setLegacy] = useState(false);
  const make = useMutation({
    mutationFn: () =>
      data(
        api.POST('/api/clients', {
          body: {
            name: name.trim(),
            legacy: isLegacy,
            ...(clientId.trim() ? { client_id: clientId.trim() } : {}),
          },
        }),
      ),
    // A reply with secrets is not kept.
    gcTime: 0,
    onSuccess: async (made) => {
      await queries.invalidateQueries({ queryKey: ['clients'] });
      void queries.invalidateQueries({ queryKey: aboutQuery.queryKey });
      props.onMade({
        title: `Client ${made.name || made.client_id}`,
        values: [
          { name: 'client_id', value: made.client_id },
          ...environments.map((one) => ({ name: `${one} secret`, value: made.secrets[one] })),
        ],
      });
    },
  });
  return (
    <FormDialog
      title="New client"
      what={`It gets a secret for each environment${
        about.data ? ` (${about.data.environments.map(({ url }) => url).join(' and ')})` : ''
      }, shown once.`}
      verb="Make client"
      isReady={name.trim() !== ''}
      isBusy={make.isPending}
      error={make.error}
      onSubmit={() => make.mutate()}
      onClose={props.onClose}
    >
      <label>
        Name
        <input
          className="field"
          autoFocus
          maxLength={200}
          placeholder="billing service"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      <label>
        client_id (left empty: made for you)
        <input
          className="field mono"
          maxLength={24}
          placeholder="24 letters and digits"
          value={clientId}
          onChange={(event) => setClientId(event.target.value)}
        />
      </label>
      <fieldset className="choices">
        <legend>User API</legend>
        <label>
          <input type="radio" name="api" checked={!isLegacy} onChange={() => setLegacy(false)} />
          <span>current: Users have a user_id</span>
        </label>
        <label>
          <input type="radio" name="api" checked={isLegacy} onChange={() => setLegacy(true)} />
          <span>older: Users have a user_token, for programs written before</span>
        </label>
      </fieldset>
    </FormDialog>
  );
}

interface RotateSecretProps {
  client: Client;
  onClose: () => void;
  onDone: (secrets: Secrets) => void;
}

function RotateSecret({ client, onClose, onDone }: RotateSecretProps) {
  const [environment, setEnvironment] = useState<Environment>('sandbox');
  const rotate = useMutation({
    mutationFn: () =>
      data(
        api.POST('/api/clients/{clientId}/rotate-secret', {
          params: { path: { clientId: client.client_id } },
          body: { environment },
        }),
      ),
    gcTime: 0,
    onSuccess: ({ secret }) =>
      onDone({
        title: `${client.name || client.client_id}: new ${environment} secret`,
        values: [{ name: `${environment} secret`, value: secret }],
      }),
  });
  return (
    <FormDialog
      title={`Rotate a secret of ${client.name || client.client_id}`}
      what={`The ${environment} secret stops working at once: programs that use it are refused until they have the new one. The other environment stays as it is.`}
      verb={`Rotate ${environment} secret`}
      isDanger
      isBusy={rotate.isPending}
      error={rotate.error}
      onSubmit={() => rotate.mutate()}
      onClose={onClose}
    >
      <fieldset className="choices">
        <legend>Environment</legend>
        {environments.map((one) => (
          <label key={one}>
            <input
              type="radio"
              name="environment"
              checked={environment === one}
              onChange={() => setEnvironment(one)}
            />
            <span>{one}</span>
          </label>
        ))}
      </fieldset>
    </FormDialog>
  );
}
