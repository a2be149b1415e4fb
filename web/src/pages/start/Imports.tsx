// The catalogue's imports: one that runs with its progress, those that ended with what they found.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { api, data, type Schemas } from '../../api/client';
import { importsQuery } from '../../api/session';
import { Failure, Time } from '../../parts/Parts';

type CatalogImport = Schemas['CatalogImport'];

export function Imports() {
  const queries = useQueryClient();
  const imports = useQuery(importsQuery);
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
  const all = imports.data?.content ?? [];
  const open = all.filter((one) => one.state === 'running' || one.state === 'waiting');
  const ended = all.filter((one) => !open.includes(one)).slice(0, 5);
  return (
    <section className="stack">
      <h2>Catalogue</h2>
      {open.map((one) => (
        <Progress key={one.id} one={one} />
      ))}
      <p className="soft">
        The command <code>make catalog</code> brings 125,000 operations of 2,600 public APIs. Your
        own come from an OpenAPI or Swagger document: a URL, or a file or folder of this machine.
      </p>
      <form className="start-import" onSubmit={submit}>
        <input
          className="field"
          aria-label="URL, file or folder of API documents"
          placeholder="https://api.example.com/openapi.json"
          value={source}
          onChange={(event) => setSource(event.target.value)}
        />
        <button className="button" disabled={source.trim() === '' || begin.isPending}>
          Import
        </button>
      </form>
      <Failure error={begin.error ?? imports.error} />
      {ended.length > 0 ? (
        <ul className="start-imports" aria-label="Imports that ended">
          {ended.map((one) => (
            <Ended key={one.id} one={one} />
          ))}
        </ul>
      ) : null}
    </section>
  );
}

function Progress({ one }: { one: CatalogImport }) {
  const queries = useQueryClient();
  const { progress } = one;
  const cancel = useMutation({
    mutationFn: () =>
      data(
        api.POST('/api/catalog/imports/{importId}/cancel', {
          params: { path: { importId: one.id } },
        }),
      ),
    onSettled: () => queries.invalidateQueries({ queryKey: ['catalog', 'imports'] }),
  });
  const share = progress.bytes > 0 ? Math.floor((100 * progress.bytesDone) / progress.bytes) : 0;
  const left = progress.leftMs;
  return (
    <div className="note stack">
      <div className="spread">
        <span>
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
      <div className="row start-progress">
        <progress
          value={progress.bytesDone}
          max={Math.max(progress.bytes, 1)}
          aria-label={`Import of ${one.source}`}
        />
        <span className="number">{share} %</span>
        <span className="soft">
          {progress.operations.toLocaleString()} operations,{' '}
          {progress.documentsDone.toLocaleString()} of {progress.documents.toLocaleString()}{' '}
          documents
          {typeof left === 'number' ? `, ${Math.ceil(left / 1000)} s left` : ''}
        </span>
      </div>
      <Failure error={cancel.error} />
    </div>
  );
}

const tones: Record<string, string> = { completed: 'good', failed: 'bad', cancelled: 'warn' };

function Ended({ one }: { one: CatalogImport }) {
  const [isOpen, setOpen] = useState(false);
  const { operations, failed, repaired, skipped } = one.progress;
  const found = [
    failed > 0 ? `${failed.toLocaleString()} documents failed` : '',
    repaired > 0 ? `${repaired.toLocaleString()} faults mended` : '',
    skipped > 0 ? `${skipped.toLocaleString()} left out` : '',
  ].filter(Boolean);
  return (
    <li>
      <div className="start-ended">
        <code>{one.source}</code>
        <span className={`status ${tones[one.state] ?? 'idle'}`}>
          <span>{one.state}</span>
        </span>
        <span>{operations.toLocaleString()} operations</span>
        <Time at={one.endedOn ?? one.createdOn} />
        {found.length > 0 ? (
          <button
            type="button"
            className="button plain"
            aria-expanded={isOpen}
            onClick={() => setOpen(!isOpen)}
          >
            {found.join(', ')}
          </button>
        ) : null}
      </div>
      {one.error ? <div className="note bad">{one.error}</div> : null}
      {isOpen ? <Report importId={one.id} /> : null}
    </li>
  );
}

function Report({ importId }: { importId: string }) {
  const report = useQuery({
    queryKey: ['catalog', 'report', importId],
    queryFn: () =>
      data(
        api.GET('/api/catalog/imports/{importId}/report', {
          params: { path: { importId }, query: { size: 200 } },
        }),
      ),
  });
  return (
    <div
      className="stack start-report"
      tabIndex={0}
      role="region"
      aria-label="What the import found"
    >
      <Failure error={report.error} />
      {report.data?.content.map((line, index) => (
        <div key={index}>
          <strong>{line.kind}</strong> <code>{line.document}</code> <code>{line.pointer}</code>{' '}
          {line.message}
        </div>
      ))}
      {report.data?.next ? (
        <div className="soft">
          The first 200; <code>GET /api/catalog/imports/{importId}/report</code> has them all.
        </div>
      ) : null}
    </div>
  );
}
