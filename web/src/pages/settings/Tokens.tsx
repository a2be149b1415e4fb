// Personal access tokens of the workbench: for people who sign in and for programs that call its API.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, data, type Schemas } from '../../api/client';
import { FormDialog } from '../../parts/FormDialog';
import { Time } from '../../parts/Parts';
import { ShownOnce } from '../../parts/ShownOnce';
import { Listed } from './Listed';

type Token = Schemas['Token'];
type Scope = NonNullable<Schemas['TokenCreateRequest']['scopes']>[number];

// Each includes the ones before it.
const scopes: { scope: Scope; may: string }[] = [
  { scope: 'read', may: 'see everything that is no secret' },
  { scope: 'run', may: 'also start and steer runs, complete tasks, send test requests' },
  { scope: 'edit', may: 'also change workflows and credentials' },
  { scope: 'admin', may: 'also manage clients, tokens, users and the catalogue' },
];
const widest = (token: Token) =>
  scopes.findLast(({ scope }) => token.scopes.includes(scope))?.scope ?? '—';

const day = 86_400_000;
const lifetimes = [
  { days: 7, label: 'in 7 days' },
  { days: 30, label: 'in 30 days' },
  { days: 90, label: 'in 90 days' },
  { days: 365, label: 'in a year' },
  { days: 0, label: 'never' },
];

export const tokensQuery = {
  queryKey: ['tokens'],
  queryFn: () => data(api.GET('/api/tokens')),
};

function stateOf(token: Token) {
  if (token.revoked_at) {
    return { text: 'revoked', tone: 'idle' };
  }
  if (token.expires_at && Date.parse(token.expires_at) <= Date.now()) {
    return { text: 'expired', tone: 'warn' };
  }
  return { text: 'works', tone: 'good' };
}

function TokenCells({ token, onRevoke }: { token: Token; onRevoke: () => void }) {
  const { text, tone } = stateOf(token);
  return (
    <>
      <td title={token.token_id}>{token.name || <span className="soft">no name</span>}</td>
      <td data-label="scope">{widest(token)}</td>
      <td>
        <span className={`status ${tone}`}>
          <span>{text}</span>
        </span>
      </td>
      <td data-label="made">
        <Time at={token.created_at} as="short" />
      </td>
      <td data-label="expires">
        {token.expires_at ? <Time at={token.expires_at} as="short" /> : 'never'}
      </td>
      <td>
        <div className="row">
          {token.revoked_at ? (
            <span className="soft">
              revoked <Time at={token.revoked_at} as="short" />
            </span>
          ) : (
            <button type="button" className="button" onClick={onRevoke}>
              Revoke…
            </button>
          )}
        </div>
      </td>
    </>
  );
}

export function Tokens() {
  const tokens = useQuery(tokensQuery);
  const [isMaking, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<Token>();
  const [made, setMade] = useState<{ name: string; token: string }>();
  return (
    <>
      <Listed
        label="Access tokens"
        what={
          <>
            A token signs a person in here, and lets a program call the workbench API with{' '}
            <code>Authorization: Bearer …</code>.
          </>
        }
        make="New token"
        onMake={() => setMaking(true)}
        list={tokens.data?.tokens}
        error={tokens.error}
        empty="There is no token."
        columns={['Name', 'Scope', 'State', 'Made', 'Expires']}
        keyOf={(one) => one.token_id}
        row={(one) => <TokenCells token={one} onRevoke={() => setRevoking(one)} />}
      />
      {isMaking ? (
        <NewToken
          onClose={() => setMaking(false)}
          onMade={(name, token) => {
            setMaking(false);
            setMade({ name, token });
          }}
        />
      ) : null}
      {revoking ? <RevokeToken token={revoking} onClose={() => setRevoking(undefined)} /> : null}
      {made ? (
        <ShownOnce
          title={`Token ${made.name}`}
          what="The token is shown here and never again: Tartan keeps only a hash of it."
          values={[{ name: 'token', value: made.token }]}
          onClose={() => setMade(undefined)}
        />
      ) : null}
    </>
  );
}

function NewToken(props: { onClose: () => void; onMade: (name: string, token: string) => void }) {
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [scope, setScope] = useState<Scope>('run');
  const [days, setDays] = useState(90);
  const make = useMutation({
    mutationFn: () =>
      data(
        api.POST('/api/tokens', {
          body: {
            name: name.trim(),
            scopes: [scope],
            ...(days > 0 ? { expires_at: new Date(Date.now() + days * day).toISOString() } : {}),
          },
        }),
      ),
    // A reply with a secret is not kept.
    gcTime: 0,
    onSuccess: async ({ token }) => {
      await queries.invalidateQueries({ queryKey: tokensQuery.queryKey });
      props.onMade(name.trim(), token);
    },
  });
  return (
    <FormDialog
      title="New token"
      verb="Make token"
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
          placeholder="nightly export"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      <fieldset className="choices">
        <legend>It may</legend>
        {scopes.map((one) => (
          <label key={one.scope}>
            <input
              type="radio"
              name="scope"
              checked={scope === one.scope}
              onChange={() => setScope(one.scope)}
            />
            <span>
              <strong>{one.scope}</strong>: <span className="soft">{one.may}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <label>
        Expires
        <select
          className="field"
          value={days}
          onChange={(event) => setDays(Number(event.target.value))}
        >
          {lifetimes.map((one) => (
            <option key={one.days} value={one.days}>
              {one.label}
            </option>
          ))}
        </select>
      </label>
    </FormDialog>
  );
}

function RevokeToken({ token, onClose }: { token: Token; onClose: () => void }) {
  const queries = useQueryClient();
  const revoke = useMutation({
    mutationFn: () =>
      data(
        api.POST('/api/tokens/{tokenId}/revoke', {
          params: { path: { tokenId: token.token_id } },
        }),
      ),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: tokensQuery.queryKey });
      onClose();
    },
  });
  return (
    <FormDialog
      title={`Revoke ${token.name || token.token_id}`}
      what="Programs that use it are refused from now on, and browsers that signed in with it are signed out: this one too, if it did. A revoked token can’t be brought back."
      verb="Revoke token"
      isDanger
      isBusy={revoke.isPending}
      error={revoke.error}
      onSubmit={() => revoke.mutate()}
      onClose={onClose}
    />
  );
}
