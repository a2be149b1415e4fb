// The catalogue on the Start page: what is in it, how more comes in, and how the last imports ended.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api, data, type Schemas } from '../../api/client';
import { importsQuery } from '../../api/session';
import { Failure, Time } from '../../parts/Parts';
import { ImportApis, RunningImports, useCatalogueSize, useOpenImports } from './ImportApis';

type CatalogImport = Schemas['CatalogImport'];

const endedShown = 3;

export function Imports() {
  const imports = useQuery(importsQuery);
  const open = useOpenImports();
  const { providers } = useCatalogueSize();
  const all = imports.data?.content ?? [];
  const ended = all.filter(({ id }) => open.every((one) => one.id !== id)).slice(0, endedShown);
  return (
    <section className="stack">
      <div className="spread">
        <h2>Catalogue</h2>
        {providers === undefined ? null : (
          <Link to="/catalogue">
            {providers.toLocaleString()} {providers === 1 ? 'provider' : 'providers'}
          </Link>
        )}
      </div>
      <RunningImports />
      <ImportApis />
      <Failure error={imports.error} />
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
