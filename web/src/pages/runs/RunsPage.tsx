// Every run, newest first. What happens is told by a stream and patched into the rows that are loaded.
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef } from 'react';
import { api, data, type Schemas } from '../../api/client';
import { Empty, Failure, Status, Time } from '../../parts/Parts';
import { everyDefinition } from './definitions';
import { duration } from './follow';
import { Lost } from './Lost';
import { useNow } from './run';
import { RunsFilter } from './RunsFilter';
import { isWithin, readPage, useFilter } from './runsFilter';
import { useLive } from './runsLive';
import './runs.css';

type Row = Schemas['WorkflowRow'];
type Page = Schemas['WorkflowPage'];

const rowHeight = 32;

export function RunsPage() {
  const [filter, setFilter] = useFilter();
  const key = ['workflows', 'list', JSON.stringify(filter)] as const;
  const runs = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => readPage(filter, pageParam),
    initialPageParam: '',
    getNextPageParam: (page: Page) => page.next,
    placeholderData: keepPreviousData,
    // The rows are kept up to date by the stream; reading many pages anew would be slow.
    staleTime: Infinity,
    gcTime: 0,
    refetchOnReconnect: false,
    structuralSharing: false,
  });
  const counts = useQuery({
    queryKey: ['workflows', 'counts', filter.definition ?? ''],
    queryFn: () =>
      data(
        api.GET('/api/workflows/counts', {
          params: {
            query: filter.definition ? { workflowDefinitionId: filter.definition } : {},
          },
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: 15_000,
  });
  const definitions = useQuery({ queryKey: ['definitions', 'every'], queryFn: everyDefinition });
  const names = useMemo(
    () => new Map(definitions.data?.map((one) => [one.id, one.name])),
    [definitions.data],
  );
  const lostAt = useLive(key, filter);

  const rows = useMemo(() => runs.data?.pages.flatMap((page) => page.content) ?? [], [runs.data]);
  const isFiltered = Object.keys(filter).length > 0;

  return (
    <div className="page runs-page">
      <h1>Runs</h1>
      <RunsFilter
        filter={filter}
        onChange={setFilter}
        counts={isWithin(filter) ? undefined : counts.data?.counts}
        definitions={definitions.data ?? []}
      />
      <Lost since={lostAt} />
      {lostAt === undefined ? (
        <Failure error={runs.error ?? counts.error ?? definitions.error} />
      ) : null}
      {rows.length === 0 && runs.isSuccess && !runs.isPlaceholderData && !runs.hasNextPage ? (
        isFiltered ? (
          <Empty>
            <div>No run fits this filter.</div>
            <button type="button" className="button" onClick={() => setFilter({})}>
              Show every run
            </button>
          </Empty>
        ) : (
          <Empty>
            <div>Nothing has run yet. Open a workflow and press Run.</div>
            <Link to="/workflows" className="button">
              Open Workflows
            </Link>
          </Empty>
        )
      ) : (
        <RunTable
          rows={rows}
          names={names}
          hasMore={runs.hasNextPage && !runs.isError}
          isReading={runs.isFetchingNextPage}
          readMore={() => void runs.fetchNextPage()}
          isFirst={runs.isPending}
          place={key[2]}
        />
      )}
    </div>
  );
}

interface RunTableProps {
  rows: Row[];
  names: Map<string, string>;
  hasMore: boolean;
  isReading: boolean;
  readMore: () => void;
  isFirst: boolean;
  place: string;
}

function RunTable({ rows, names, hasMore, isReading, readMore, isFirst, place }: RunTableProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const now = useNow(true);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const top = items[0]?.start ?? 0;
  const bottom = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  const isNearEnd = (items.at(-1)?.index ?? -1) >= rows.length - 100;

  useEffect(() => {
    scroller.current?.scrollTo({ top: 0 });
  }, [place]);
  useEffect(() => {
    if (isNearEnd && hasMore && !isReading) {
      readMore();
    }
  });

  return (
    <div className="runs-scroller" ref={scroller} tabIndex={0} role="region" aria-label="Runs">
      <table className="runs-table" aria-rowcount={hasMore ? -1 : rows.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col" className="of-status">
              Status
            </th>
            <th scope="col">Workflow</th>
            <th scope="col" className="number of-number">
              Number
            </th>
            <th scope="col" className="of-time">
              Started
            </th>
            <th scope="col" className="number of-duration">
              Duration
            </th>
          </tr>
        </thead>
        <tbody>
          {top > 0 ? (
            <tr aria-hidden className="gap">
              <td colSpan={5} style={{ height: top }} />
            </tr>
          ) : null}
          {items.map(({ index }) => {
            const row = rows[index];
            if (!row) {
              return null;
            }
            const from = row.startedTime ? Date.parse(row.startedTime) : undefined;
            const to = row.endedTime ? Date.parse(row.endedTime) : now;
            return (
              <tr key={row.id} aria-rowindex={index + 2}>
                <td>
                  <Status name={row.status} />
                </td>
                <td>
                  <Link to="/runs/$workflowId" params={{ workflowId: row.id }}>
                    {names.get(row.workflowDefinitionId) ?? row.workflowDefinitionId}
                  </Link>{' '}
                  <span className="soft">v{row.workflowDefinitionVersion}</span>
                </td>
                <td className="number">{row.sequenceNumber ?? '—'}</td>
                <td>
                  <Time at={row.startedTime} />
                </td>
                <td className="number">{from === undefined ? '—' : duration(to - from)}</td>
              </tr>
            );
          })}
          {bottom > 0 ? (
            <tr aria-hidden className="gap">
              <td colSpan={5} style={{ height: bottom }} />
            </tr>
          ) : null}
        </tbody>
      </table>
      {isReading || isFirst ? (
        <div className="soft runs-reading" role="status">
          Reading runs…
        </div>
      ) : null}
    </div>
  );
}
