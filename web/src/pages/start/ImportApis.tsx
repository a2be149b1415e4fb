// Fills the catalogue: by the command that brings public APIs, and from documents of one's own. What
// runs is shown above it.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { api, data, type Schemas } from '../../api/client';
import { importsQuery } from '../../api/session';
import { leftOf, percentOf } from '../../frame/importing';
import { Command } from '../../parts/Command';
import { Failure } from '../../parts/Parts';
import { providersQuery } from '../catalogue/providersQuery';
import './imports.css';

// The public APIs are of hundreds of providers; one's own hardly are.
const providersOfMany = 100;

export function useCatalogueSize() {
  const providers = useQuery(providersQuery('', 1)).data?.total;
  return { providers, isFilled: providers === undefined || providers > providersOfMany };
}

export function useOpenImports() {
  const all = useQuery(importsQuery).data?.content ?? [];
  return all.filter((one) => one.state === 'running' || one.state === 'waiting');
}

export function RunningImports() {
  const open = useOpenImports();
  return open.map((one) => <Progress key={one.id} one={one} />);
}

function Progress({ one }: { one: Schemas['CatalogImport'] }) {
  const queries = useQueryClient();
  const { progress } = one;
  const cancel = useMutation({
    mutationFn: () =>
      data(
        api.POST('/api/catalog/imports/{importId}/cancel', {
          params: { path: { importId: one.id } },
        }),
      ),
    onSettled: () => queries.invalidateQueries({ queryKey: importsQuery.queryKey }),
  });
  const left = leftOf(progress);
  return (
    <section className="note import-progress" aria-label="Import that runs">
      <div className="spread">
        <span className="import-source">
          {one.state === 'waiting' ? 'Waits to be imported: ' : 'Imports '}
          <code>{one.source}</code>
        </span>
        <button
          type="button"
          className="button"
          disabled={cancel.isPending}
          title="What is complete stays"
          onClick={() => cancel.mutate()}
        >
          Stop import
        </button>
      </div>
      <div className="row">
        <progress
          value={progress.bytesDone}
          max={Math.max(progress.bytes, 1)}
          aria-label={`Import of ${one.source}`}
        />
        <span className="number">{percentOf(progress)} %</span>
        {left ? <span className="number">{left} left</span> : null}
        <span className="soft">
          {progress.operations.toLocaleString()} operations,{' '}
          {progress.documentsDone.toLocaleString()} of {progress.documents.toLocaleString()}{' '}
          documents
        </span>
      </div>
      <Failure error={cancel.error} />
    </section>
  );
}

// With a full catalogue, or one that is being filled, a field is enough.
export function ImportApis() {
  const { isFilled } = useCatalogueSize();
  const isImporting = useOpenImports().length > 0;
  return isFilled || isImporting ? (
    <ImportField label="Import more: file, folder or URL" />
  ) : (
    <div className="import-ways">
      <div>
        <div className="soft">2,600 public APIs, from Tartan’s folder</div>
        <Command text="make catalog" />
      </div>
      <ImportField label="Your own: file, folder or URL" />
    </div>
  );
}

function ImportField({ label }: { label: string }) {
  const queries = useQueryClient();
  const [source, setSource] = useState('');
  const begin = useMutation({
    mutationFn: () => data(api.POST('/api/catalog/imports', { body: { source: source.trim() } })),
    onSuccess: () => {
      setSource('');
      return queries.invalidateQueries({ queryKey: ['catalog'] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    begin.mutate();
  };
  return (
    <form className="import-field" onSubmit={submit}>
      <label>
        {label}
        <input
          className="field"
          placeholder="https://api.example.com/openapi.json"
          title="An OpenAPI or Swagger document, or a folder of such"
          value={source}
          onChange={(event) => setSource(event.target.value)}
        />
      </label>
      <button className="button" disabled={source.trim() === '' || begin.isPending}>
        Import
      </button>
      <Failure error={begin.error} />
    </form>
  );
}
