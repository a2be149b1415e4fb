// The last requests that the items listener of an environment answered, as they come.
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { api, data } from '../../api/client';
import type { JournalSearch } from '../../router';
import { useKeys, useTrail } from '../../frame/page';
import { useNameOf } from '../../parts/useNameOf';
import { Empty, Failure, Method } from '../../parts/Parts';
import { TwoLines } from '../../parts/TwoLines';
import { useSettled } from '../../parts/useSettled';
import { VirtualTable, type Column } from '../../parts/VirtualTable';
import { environmentOf, Head, NoEnvironment } from './Head';
import { counted, type Environment, type JournalEntry, type JournalPage as Page } from './items';
import { Entry, StatusCode } from './JournalEntry';

const everyMs = 1_000;

export function JournalPage() {
  const { environment } = useParams({ from: '/inside/users/$environment/journal' });
  const known = environmentOf(environment);
  return known ? <Journal key={known} environment={known} /> : <NoEnvironment />;
}

// Everything once, then only what is new.
function useJournal(environment: Environment, q: string, isLive: boolean) {
  const queries = useQueryClient();
  const queryKey = ['items', environment, 'journal', q];
  return useQuery({
    queryKey,
    queryFn: async (): Promise<Page> => {
      const before = queries.getQueryData<Page>(queryKey);
      const page = await data(
        api.GET('/api/environments/{environment}/journal', {
          params: {
            path: { environment },
            query: { size: 1000, since: before?.last ?? 0, ...(q ? { q } : {}) },
          },
        }),
      );
      const older = before && page.next === null ? before.content : [];
      return { ...page, content: [...page.content, ...older].slice(0, page.capacity) };
    },
    placeholderData: keepPreviousData,
    staleTime: 0,
    structuralSharing: false,
    refetchInterval: isLive ? everyMs : false,
  });
}

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  hourCycle: 'h23',
});

const before: Column<JournalEntry>[] = [
  {
    head: 'Arrived',
    width: 125,
    cell: (one) => (
      <time dateTime={one.at} title={one.at} className="number">
        {clock.format(new Date(one.at))}
      </time>
    ),
  },
  { head: 'Status', width: 60, cell: (one) => <StatusCode status={one.status} /> },
];
const error: Column<JournalEntry> = {
  head: 'Error',
  width: 190,
  cell: (one) => one.errorCode ?? <span className="soft">—</span>,
};
const duration: Column<JournalEntry> = {
  head: 'ms',
  width: 70,
  isNumber: true,
  cell: (one) => one.durationMs.toFixed(1),
};

function Journal({ environment }: { environment: Environment }) {
  const address = useSearch({ from: '/inside/users/$environment/journal' });
  const navigate = useNavigate();
  const [isLive, setLive] = useState(true);
  const nameOf = useNameOf();
  const journal = useJournal(environment, useSettled((address.q ?? '').trim()), isLive);
  useTrail([
    { text: environment, link: { to: '/users/$environment', params: { environment } } },
    { text: 'Requests' },
  ]);
  const go = (change: JournalSearch, replace = true) => {
    const merged = { ...address, ...change };
    void navigate({
      to: '/users/$environment/journal',
      params: { environment },
      search: {
        ...(merged.entry === undefined ? {} : { entry: merged.entry }),
        ...(merged.show ? { show: merged.show } : {}),
        ...(merged.q ? { q: merged.q } : {}),
      },
      replace,
    });
  };
  const all = journal.data?.content ?? [];
  const shown = all.filter((one) => address.show !== 'errors' || one.status >= 400);
  // The opened entry moves with the arrows.
  const step = (by: number) => {
    const at = shown.findIndex((one) => one.id === address.entry);
    const next = shown[Math.max(0, Math.min(shown.length - 1, at + by))];
    if (next) {
      go({ entry: next.id });
    }
  };
  const closeEntry = () => {
    const { entry: _, ...rest } = address;
    void navigate({ to: '/users/$environment/journal', params: { environment }, search: rest });
  };
  useKeys([
    { key: 'p', does: isLive ? 'Pause' : 'Go on', act: () => setLive(!isLive) },
    { key: 'j', does: 'Open the next older request', act: () => step(1) },
    { key: 'k', does: 'Open the next newer request', act: () => step(-1) },
    { key: 'x', does: 'Close the request', act: closeEntry },
  ]);
  const asked = (one: JournalEntry) => (
    <button
      type="button"
      className="opens"
      aria-pressed={one.id === address.entry}
      onClick={() => go({ entry: one.id }, address.entry !== undefined)}
    >
      <Method name={one.method} /> <span className="mono">{one.path}</span>
    </button>
  );
  const opens: Column<JournalEntry> = { head: 'Request', cell: asked };
  const client: Column<JournalEntry> = {
    head: 'Client',
    width: 180,
    cell: (one) =>
      one.clientId ? <span title={one.clientId}>{nameOf(one.clientId)}</span> : 'nobody proved',
  };
  const isFiltered = address.show !== undefined || (address.q ?? '') !== '';
  const isOpen = address.entry !== undefined;
  return (
    <div className="page users-page">
      <Head environment={environment}>
        <button
          type="button"
          className="button"
          aria-pressed={isLive}
          onClick={() => setLive(!isLive)}
        >
          <span className={`status ${isLive ? 'good' : 'idle'}`}>
            <span>{isLive ? 'Live' : 'Paused'}</span>
          </span>
        </button>
      </Head>
      <div className="users-filter">
        <input
          type="search"
          className="field"
          aria-label="Find in the requests"
          placeholder="Path, client, error, or an id in a body"
          value={address.q ?? ''}
          onChange={(event) => go({ q: event.target.value })}
        />
        <select
          className="field"
          aria-label="Which requests"
          value={address.show ?? ''}
          onChange={(event) => go({ show: event.target.value })}
        >
          <option value="">Every answer</option>
          <option value="errors">Errors only</option>
        </select>
      </div>
      <Failure error={journal.error} />
      {journal.data?.enabled === false ? (
        <div className="note warn">
          The journal is turned off: <code>items.journal = false</code> stands in the settings of
          the server.
        </div>
      ) : null}
      <div className={isOpen ? 'with-detail open' : 'with-detail'}>
        {journal.isSuccess && shown.length === 0 ? (
          <Empty>
            <div>
              {all.length > 0 || isFiltered
                ? 'No request fits this filter.'
                : `No request has come to ${environment} since the server started. Call its API, for example by Test request in the catalogue, and watch it arrive here.`}
            </div>
          </Empty>
        ) : (
          <div>
            <VirtualTable
              label="Requests"
              columns={[...before, opens, ...(isOpen ? [] : [error, client]), duration]}
              rows={shown}
              rowKey={(one) => String(one.id)}
              isCurrent={(one) => one.id === address.entry}
              isReading={journal.isPending}
              minWidth={isOpen ? 460 : 850}
              opens="Open the request"
              brief={(one) => (
                <TwoLines
                  above={[asked(one), <StatusCode key="status" status={one.status} />]}
                  below={[
                    <>
                      {clock.format(new Date(one.at))} {one.errorCode}
                    </>,
                    `${one.durationMs.toFixed(1)} ms`,
                  ]}
                />
              )}
            />
          </div>
        )}
        {isOpen ? (
          <Entry
            key={address.entry}
            environment={environment}
            entryId={String(address.entry)}
            onClose={closeEntry}
          />
        ) : null}
      </div>
      <div className="soft users-foot">
        {counted(shown.length, 'request')} {isFiltered ? 'that fit' : 'in all'}; at most{' '}
        {(journal.data?.capacity ?? 1000).toLocaleString()} are kept, in memory only, secrets
        masked.
      </div>
    </div>
  );
}
