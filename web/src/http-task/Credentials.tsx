// Which saved credential a task uses; what its API asks for can be saved here.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, data, type Schemas } from '../api/client';
import { Failure } from '../parts/Parts';
import type { Json } from '../parts/json';

export type Need = Schemas['PreparedTask']['credentials'][number];
type Secrets = Record<string, string>;

// The empty texts of a credential, which is what a person must fill in, by path.
function blanks(
  value: unknown,
  path: string[] = [],
  label = '',
): { path: string[]; label: string }[] {
  if (value === '') {
    return [{ path, label }];
  }
  if (Array.isArray(value)) {
    return value.flatMap((one, index) =>
      blanks(one, [...path, String(index)], (one as { name?: string } | null)?.name ?? label),
    );
  }
  if (typeof value === 'object' && value !== null) {
    const inherited = path.length > 0 && 'name' in value ? String(value.name) : '';
    return Object.entries(value).flatMap(([name, inner]) =>
      blanks(inner, [...path, name], inherited || name),
    );
  }
  return [];
}

function filled(credential: unknown, secrets: Secrets): Schemas['CredentialRequest'] {
  const copy = structuredClone(credential) as Record<string, unknown>;
  for (const { path } of blanks(credential)) {
    let at = copy;
    for (const step of path.slice(0, -1)) {
      at = at[step] as Record<string, unknown>;
    }
    at[path.at(-1)!] = secrets[path.join('/')] ?? '';
  }
  return copy;
}

function NewCredential({ need, onSaved }: { need: Need; onSaved: (id: string) => void }) {
  const queries = useQueryClient();
  const [secrets, setSecrets] = useState<Secrets>({});
  const fields = blanks(need.credential);
  const save = useMutation({
    mutationFn: () =>
      data(api.POST('/api/credentials', { body: filled(need.credential, secrets) })),
    onSuccess: async (made) => {
      await queries.invalidateQueries({ queryKey: ['credentials'] });
      onSaved(typeof made === 'string' ? made : (made as unknown as { id: string }).id);
    },
  });
  return (
    <div className="note stack">
      {fields.length > 0 ? (
        <div>
          This API asks for <strong>{need.scheme}</strong>. {need.note}
        </div>
      ) : (
        <div>
          The command’s <strong>{need.scheme}</strong> was taken out of the request, where everybody
          could read it. {need.note} Until it is saved as a credential, the request is sent without
          it.
        </div>
      )}
      {fields.map(({ path, label }) => (
        <label key={path.join('/')}>
          {label}
          <input
            className="field"
            type="password"
            autoComplete="off"
            value={secrets[path.join('/')] ?? ''}
            onChange={(event) => setSecrets({ ...secrets, [path.join('/')]: event.target.value })}
          />
        </label>
      ))}
      <Failure error={save.error} />
      <div>
        <button
          type="button"
          className="button"
          disabled={save.isPending || fields.some(({ path }) => !secrets[path.join('/')])}
          onClick={() => save.mutate()}
        >
          {fields.length > 0 ? 'Save and use' : 'Save it as a credential and use it'}
        </button>
      </div>
    </div>
  );
}

interface CredentialsProps {
  chosen: Json | undefined;
  needs: Need[];
  onChoose: (id: string | undefined) => void;
}

export function Credentials({ chosen, needs, onChoose }: CredentialsProps) {
  const saved = useQuery({
    queryKey: ['credentials'],
    queryFn: () => data(api.GET('/api/credentials')),
  });
  const list = saved.data ?? [];
  const current = typeof chosen === 'string' ? chosen : '';
  const isKnown = current === '' || list.some((one) => one.id === current);
  const open = current === '' ? needs.find((one) => one.credential !== null) : undefined;
  return (
    <div className="stack">
      <label className="inline">
        Credentials
        <select
          className="field"
          value={current}
          onChange={(event) => onChoose(event.target.value || undefined)}
        >
          <option value="">none</option>
          {list.map((one) => (
            <option key={one.id} value={one.id}>
              {one.name} ({one.type})
            </option>
          ))}
          {isKnown ? null : <option value={current}>{current} (not saved here)</option>}
        </select>
      </label>
      {open ? <NewCredential need={open} onSaved={onChoose} /> : null}
    </div>
  );
}
