// Makes a credential, or replaces one: its secret parts are typed anew, since they are never read back.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, type Schemas } from '../../api/client';
import { FormDialog } from '../../parts/FormDialog';

type Credential = Schemas['Credential'];

interface Field {
  name: string;
  label: string;
  isSecret?: true;
  isList?: true;
  placeholder?: string;
}
interface Kind {
  type: string;
  label: string;
  fields: Field[];
}
interface Value {
  in: string;
  name: string;
  value: string;
}

const kinds: Kind[] = [
  {
    type: 'Bearer',
    label: 'Bearer token',
    fields: [{ name: 'token', label: 'Token', isSecret: true }],
  },
  {
    type: 'Basic',
    label: 'User and password',
    fields: [
      { name: 'username', label: 'User' },
      { name: 'password', label: 'Password', isSecret: true },
    ],
  },
  { type: 'ApiKey', label: 'API keys', fields: [] },
  {
    type: 'OAuth2ClientCredentials',
    label: 'OAuth 2 client credentials',
    fields: [
      { name: 'tokenUrl', label: 'URL of tokens', placeholder: 'https://auth.example.com/token' },
      { name: 'clientId', label: 'Client id' },
      { name: 'clientSecret', label: 'Client secret', isSecret: true },
      { name: 'scopes', label: 'Scopes, with blanks between', isList: true },
    ],
  },
];
export const kindOf = (type: string): Kind =>
  kinds.find((one) => one.type === type) ?? { type, label: type, fields: [] };

const words = (text: string) => text.split(/[\s,]+/).filter(Boolean);

// The texts that the fields begin with.
function textsOf(credential: Credential | undefined): Record<string, string> {
  const shown = (credential ?? {}) as Record<string, unknown>;
  return Object.fromEntries(
    kindOf(credential?.type ?? '').fields.map(({ name }) => {
      const value = shown[name];
      return [
        name,
        Array.isArray(value) ? value.join(' ') : typeof value === 'string' ? value : '',
      ];
    }),
  );
}

function valuesOf(credential: Credential | undefined): Value[] {
  const shown = (credential as { values?: { in: string; name: string }[] } | undefined)?.values;
  return (
    shown?.map((one) => ({ in: one.in, name: one.name, value: '' })) ?? [
      { in: 'header', name: '', value: '' },
    ]
  );
}

export function CredentialDialog(props: { credential?: Credential; onClose: () => void }) {
  const { credential, onClose } = props;
  const queries = useQueryClient();
  const [name, setName] = useState(credential?.name ?? '');
  const [type, setType] = useState(credential?.type ?? 'Bearer');
  const [hosts, setHosts] = useState(credential?.hosts.join(' ') ?? '');
  const [texts, setTexts] = useState(() => textsOf(credential));
  const [values, setValues] = useState(() => valuesOf(credential));
  const kind = kindOf(type);
  const isApiKey = type === 'ApiKey';
  const isReady =
    name.trim() !== '' &&
    words(hosts).length > 0 &&
    (isApiKey
      ? values.every((one) => one.name.trim() !== '' && one.value !== '')
      : kind.fields.every((one) => one.isList || (texts[one.name] ?? '') !== ''));

  const save = useMutation({
    mutationFn: async () => {
      const fields = kind.fields.map((one): [string, unknown] => {
        const text = texts[one.name] ?? '';
        return [one.name, one.isList ? words(text) : text];
      });
      const body = {
        name: name.trim(),
        type,
        hosts: words(hosts),
        ...(isApiKey ? { values } : Object.fromEntries(fields)),
      } as Schemas['CredentialRequest'];
      await (credential
        ? api.PUT('/api/credentials/{credentialId}', {
            params: { path: { credentialId: credential.id } },
            body,
          })
        : api.POST('/api/credentials', { body }));
    },
    gcTime: 0,
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['credentials'] });
      onClose();
    },
  });
  return (
    <FormDialog
      title={credential ? `Replace ${credential.name}` : 'New credential'}
      what={
        credential
          ? 'Tasks that name it use what you save here from their next attempt on. Secret parts are never shown: type them again.'
          : undefined
      }
      verb={credential ? 'Replace credential' : 'Save credential'}
      isReady={isReady}
      isBusy={save.isPending}
      error={save.error}
      onSubmit={() => save.mutate()}
      onClose={onClose}
    >
      <label>
        Name
        <input
          className="field"
          autoFocus
          maxLength={200}
          placeholder="Stripe, test mode"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      <label>
        Type
        <select className="field" value={type} onChange={(event) => setType(event.target.value)}>
          {kinds.map((one) => (
            <option key={one.type} value={one.type}>
              {one.label}
            </option>
          ))}
        </select>
      </label>
      <label>
        Only sent to these hosts, with blanks between
        <input
          className="field mono"
          placeholder="api.example.com 127.0.0.1:8081"
          value={hosts}
          onChange={(event) => setHosts(event.target.value)}
        />
      </label>
      {kind.fields.map((one) => (
        <label key={`${type} ${one.name}`}>
          {one.label}
          <input
            className="field"
            type={one.isSecret ? 'password' : 'text'}
            autoComplete="off"
            placeholder={one.placeholder}
            value={texts[one.name] ?? ''}
            onChange={(event) => setTexts({ ...texts, [one.name]: event.target.value })}
          />
        </label>
      ))}
      {isApiKey ? <ApiKeyValues values={values} onChange={setValues} /> : null}
    </FormDialog>
  );
}

function ApiKeyValues(props: { values: Value[]; onChange: (values: Value[]) => void }) {
  const { values, onChange } = props;
  const change = (index: number, part: Partial<Value>) =>
    onChange(values.map((one, at) => (at === index ? { ...one, ...part } : one)));
  return (
    <fieldset className="choices">
      <legend>Keys: where each one goes</legend>
      {values.map((one, index) => (
        <div key={index} className="row">
          <select
            className="field"
            style={{ width: 100 }}
            aria-label={`Place of key ${index + 1}`}
            value={one.in}
            onChange={(event) => change(index, { in: event.target.value })}
          >
            {['header', 'query', 'body'].map((place) => (
              <option key={place}>{place}</option>
            ))}
          </select>
          <input
            className="field"
            aria-label={`Name of key ${index + 1}`}
            placeholder="X-Api-Key"
            value={one.name}
            onChange={(event) => change(index, { name: event.target.value })}
          />
          <input
            className="field"
            type="password"
            autoComplete="off"
            aria-label={`Value of key ${index + 1}`}
            placeholder="value"
            value={one.value}
            onChange={(event) => change(index, { value: event.target.value })}
          />
          <button
            type="button"
            className="button plain"
            aria-label={`Take key ${index + 1} out`}
            disabled={values.length === 1}
            onClick={() => onChange(values.filter((_, at) => at !== index))}
          >
            ✕
          </button>
        </div>
      ))}
      <div>
        <button
          type="button"
          className="button"
          onClick={() => onChange([...values, { in: 'header', name: '', value: '' }])}
        >
          Add a key
        </button>
      </div>
    </fieldset>
  );
}
