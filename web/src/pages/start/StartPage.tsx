// What runs here, and the first steps.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState, type FormEvent } from 'react';
import { api, data, type Schemas } from '../../api/client';
import { aboutQuery, importsQuery } from '../../api/session';
import { CopyButton, Failure, Status, Time } from '../../parts/Parts';

function ImportProgress({ one }: { one: Schemas['CatalogImport'] }) {
  const { progress } = one;
  const share = progress.bytes > 0 ? Math.floor((100 * progress.bytesDone) / progress.bytes) : 0;
  const left = progress.leftMs;
  return (
    <div className="stack">
      <div className="row">
        <progress value={progress.bytesDone} max={Math.max(progress.bytes, 1)} aria-label="Import" />
        <span className="number">{share} %</span>
        <span className="soft">
          {progress.operations.toLocaleString()} operations of {progress.documentsDone} documents
          {typeof left === 'number' ? `, ${Math.ceil(left / 1000)} s left` : ''}
        </span>
      </div>
      <code className="soft">{progress.document}</code>
    </div>
  );
}

function CatalogueCard() {
  const queries = useQueryClient();
  const imports = useQuery(importsQuery);
  const [source, setSource] = useState('');
  const begin = useMutation({
    mutationFn: () => data(api.POST('/api/catalog/imports', { body: { source } })),
    onSuccess: () => {
      setSource('');
      return queries.invalidateQueries({ queryKey: ['catalog'] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    begin.mutate();
  };
  const running = imports.data?.content.find((one) => one.state === 'running');
  return (
    <section className="stack">
      <h2>Catalogue</h2>
      {running ? <ImportProgress one={running} /> : null}
      <p className="soft">
        125,000 operations of 2,600 public APIs come with <code>make catalog</code>. Your own come
        from a file, a folder or a URL:
      </p>
      <form className="row" onSubmit={submit}>
        <input
          className="field"
          aria-label="File, folder or URL of API documents"
          placeholder="https://api.example.com/openapi.json"
          value={source}
          onChange={(event) => setSource(event.target.value)}
        />
        <button className="button" disabled={source.trim() === '' || begin.isPending}>
          Import
        </button>
      </form>
      <Failure error={begin.error} />
      {(imports.data?.content.length ?? 0) > 0 ? (
        <table>
          <thead>
            <tr>
              <th>Import</th>
              <th>State</th>
              <th className="number">Operations</th>
              <th>When</th>
            </tr>
          </thead>
          <tbody>
            {imports.data?.content.slice(0, 5).map((one) => (
              <tr key={one.id}>
                <td className="mono">{one.source}</td>
                <td>
                  {one.state}
                  {one.error ? `: ${one.error}` : ''}
                </td>
                <td className="number">{one.progress.operations.toLocaleString()}</td>
                <td>
                  <Time at={one.createdOn} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
    </section>
  );
}

function CopyTable({ name, value, rows }: { name: string; value: string; rows: [string, string][] }) {
  return (
    <table>
      <thead>
        <tr>
          <th style={{ width: 220 }}>{name}</th>
          <th>{value}</th>
          <th>
            <span className="visually-hidden">Copy</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([label, text]) => (
          <tr key={text}>
            <td>{label}</td>
            <td className="mono">{text}</td>
            <td className="number">
              <CopyButton text={text} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function StartPage() {
  const about = useQuery(aboutQuery);
  const counts = useQuery({
    queryKey: ['workflows', 'counts'],
    queryFn: () => data(api.GET('/api/workflows/counts')),
  });
  const here = about.data;
  return (
    <div className="page">
      <div className="stack" style={{ maxWidth: 880 }}>
        <h1>Start</h1>
        <Failure error={about.error} />
        <section>
          <ol className="stack" style={{ paddingLeft: 20, margin: 0 }}>
            <li>
              <Link to="/catalogue" search={{ q: 'remove items of user' }}>
                Search an API, look at its reference and try it
              </Link>
              : press <kbd>/</kbd> anywhere.
            </li>
            <li>
              <Link to="/workflows">Make a workflow</Link> with an HTTP task, and run it.
            </li>
            <li>
              Point a Plaid client library at the sandbox below: everything else stays as it is.
            </li>
          </ol>
        </section>
        <section>
          <h2>Users &amp; Items service</h2>
          <CopyTable
            name="Environment"
            value="Address"
            rows={here?.environments.map((one) => [one.name, one.url]) ?? []}
          />
          <CopyTable
            name="Client"
            value="client_id"
            rows={here?.clients.map((one) => [one.name, one.clientId]) ?? []}
          />
          {here?.demo ? (
            <CopyTable
              name="Demo User in the sandbox"
              value="Id"
              rows={[
                ['User', here.demo.userId ?? ''],
                ...(here.demo.itemIds ?? []).map((id): [string, string] => ['Item', id]),
              ]}
            />
          ) : null}
          <p className="soft">
            Secrets are shown once, where Tartan first started; <code>tartan client rotate-secret</code>{' '}
            makes new ones.
          </p>
        </section>
        <section>
          <h2>Runs</h2>
          <div className="row" style={{ gap: 24, flexWrap: 'wrap' }}>
            {Object.entries(counts.data?.counts ?? {}).map(([status, number]) => (
              <Link key={status} to="/runs" search={{ status }} className="row" style={{ color: 'inherit' }}>
                <Status name={status} /> <span className="number">{number}</span>
              </Link>
            ))}
            {Object.keys(counts.data?.counts ?? {}).length === 0 ? (
              <span className="soft">Nothing has run yet.</span>
            ) : null}
          </div>
        </section>
        <CatalogueCard />
        <p className="soft">
          Tartan {here?.version}, running since <Time at={here?.startedAt} />. Data:{' '}
          <code>{here?.dataDirectory}</code>
          {here?.ephemeral ? ', gone when Tartan stops' : ''}
        </p>
      </div>
    </div>
  );
}
