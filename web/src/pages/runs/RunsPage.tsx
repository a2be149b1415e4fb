// Every run, newest first. What happens is told by a stream and patched into the rows that are loaded.
import {
  keepPreviousData,
  useInfiniteQuery,
  useQuery,
  useQueryClient,
  type InfiniteData,
} from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, useState } from 'react';
import { api, data, type Schemas } from '../../api/client';
import { Empty, Failure, Status, Time } from '../../parts/Parts';
import { everyDefinition } from './definitions';
import { duration, follow, gather, isFinal } from './follow';
import './runs.css';

type Row = Schemas['WorkflowRow'];
type Page = Schemas['WorkflowPage'];
type RunStatus = Row['status'];
type Step = { workflowId: string; workflowDefinitionId: string; status: RunStatus; at: string };

const rowHeight = 32;
const pageSize = 500;
const statuses: RunStatus[] = [
  'Running',
  'Scheduled',
  'Paused',
  'Failed',
  'TimedOut',
  'Terminated',
  'Completed',
];

interface Filter {
  status?: RunStatus;
  definition?: string;
}

// The filter is part of the address.
function useFilter(): [Filter, (filter: Filter) => void] {
  const search = useSearch({ from: '/inside/runs' });
  const navigate = useNavigate();
  const status = statuses.find((one) => one === search.status);
  const { definition } = search;
  const set = (next: Filter) =>
    void navigate({
      to: '/runs',
      replace: true,
      search: {
        ...(next.status ? { status: next.status } : {}),
        ...(next.definition ? { definition: next.definition } : {}),
      },
    });
  return [{ ...(status ? { status } : {}), ...(definition ? { definition } : {}) }, set];
}

function readPage({ status, definition }: Filter, next: string) {
  return data(
    api.GET('/api/workflows', {
      params: {
        query: {
          size: pageSize,
          ...(status ? { status } : {}),
          ...(definition ? { workflowDefinitionId: definition } : {}),
          ...(next ? { next } : {}),
        },
      },
    }),
  );
}

// The pages with what the steps changed; pages without a change stay the same objects.
function patched(pages: Page[], steps: Map<string, Step>, status?: RunStatus): Page[] {
  return pages.map((page) => {
    if (!page.content.some((row) => steps.has(row.id))) {
      return page;
    }
    const content = page.content.map((row) => {
      const step = steps.get(row.id);
      return step
        ? { ...row, status: step.status, endedTime: isFinal(step.status) ? step.at : null }
        : row;
    });
    return { ...page, content: status ? content.filter((row) => row.status === status) : content };
  });
}

// The pages with a first page that was read anew, or undefined when there is a gap between them.
function joined(pages: Page[], first: Page): Page[] | undefined {
  const fresh = new Set(first.content.map((row) => row.id));
  const known = pages.some((page) => page.content.some((row) => fresh.has(row.id)));
  if (!known && first.next !== null) {
    return undefined;
  }
  const rest = pages.map((page) =>
    page.content.some((row) => fresh.has(row.id))
      ? { ...page, content: page.content.filter((row) => !fresh.has(row.id)) }
      : page,
  );
  const [head = first, ...tail] = rest;
  return [{ ...head, content: [...first.content, ...head.content] }, ...tail];
}

// Keeps the rows and the counts up to date while the page is open.
function useLive(key: readonly unknown[], filter: Filter) {
  const queries = useQueryClient();
  const { status, definition } = filter;
  const keyText = JSON.stringify(key);

  useEffect(() => {
    const listKey = JSON.parse(keyText) as unknown[];
    let steps = new Map<string, Step>();
    let lost = false;
    let stopped = false;

    const isBusy = () => queries.isFetching({ queryKey: listKey, exact: true }) > 0;
    const list = () => queries.getQueryData<InfiniteData<Page>>(listKey);

    const bringUp = async () => {
      const before = list();
      // A page that is being read would overwrite what is patched now.
      if (isBusy() || !before) {
        pace.ask();
        return;
      }
      const taken = steps;
      const readFirst = lost;
      steps = new Map();
      lost = false;
      const known = new Set(before.pages.flatMap((page) => page.content.map((row) => row.id)));
      const pages = patched(before.pages, taken, status);
      queries.setQueryData(listKey, { ...before, pages });
      void queries.invalidateQueries({ queryKey: ['workflows', 'counts'] });
      const isNew = [...taken.values()].some(
        (step) =>
          !known.has(step.workflowId) &&
          (!status || step.status === status) &&
          (!definition || step.workflowDefinitionId === definition),
      );
      if (!isNew && !readFirst) {
        return;
      }
      const first = await readPage({ ...(status ? { status } : {}), ...(definition ? { definition } : {}) }, '')
        .catch(() => undefined);
      const now = list();
      if (stopped || !now) {
        return;
      }
      if (!first || isBusy()) {
        lost = true;
        pace.ask();
        return;
      }
      const next = joined(now.pages, first);
      if (next) {
        queries.setQueryData(listKey, { ...now, pages: next });
      } else {
        void queries.resetQueries({ queryKey: listKey, exact: true });
      }
    };
    const pace = gather(() => void bringUp(), 1_000);

    let opened = false;
    const stop = follow('/api/workflows/events', {
      onEvent: (event) => {
        const step = event as Step;
        steps.set(step.workflowId, step);
        pace.ask();
      },
      // What happened while the connection was lost is not told again.
      onOpen: () => {
        if (opened) {
          lost = true;
          pace.ask();
        }
        opened = true;
      },
    });
    return () => {
      stopped = true;
      pace.forget();
      stop();
    };
  }, [queries, keyText, status, definition]);
}

function useNow(ms: number) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), ms);
    return () => clearInterval(timer);
  }, [ms]);
  return now;
}

export function RunsPage() {
  const [filter, setFilter] = useFilter();
  const key = ['workflows', 'list', filter.status ?? '', filter.definition ?? ''] as const;
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
  useLive(key, filter);

  const rows = useMemo(() => runs.data?.pages.flatMap((page) => page.content) ?? [], [runs.data]);
  const all = Object.values(counts.data?.counts ?? {}).reduce((sum, one) => sum + one, 0);
  const isFiltered = filter.status !== undefined || filter.definition !== undefined;

  const choose = (status?: RunStatus) =>
    setFilter({
      ...(filter.definition ? { definition: filter.definition } : {}),
      ...(status ? { status } : {}),
    });

  return (
    <div className="page runs-page">
      <h1>Runs</h1>
      <div className="runs-filter">
        <div className="row" role="group" aria-label="Status">
          {[undefined, ...statuses].map((status) => (
            <button
              key={status ?? 'all'}
              type="button"
              className="button"
              aria-pressed={filter.status === status}
              onClick={() => choose(status)}
            >
              {status ? <Status name={status} /> : 'All'}
              {counts.data ? (
                <span className="number soft">
                  {(status ? (counts.data.counts[status] ?? 0) : all).toLocaleString()}
                </span>
              ) : null}
            </button>
          ))}
        </div>
        <select
          className="field"
          aria-label="Workflow"
          value={filter.definition ?? ''}
          onChange={(event) =>
            setFilter({
              ...(filter.status ? { status: filter.status } : {}),
              ...(event.target.value ? { definition: event.target.value } : {}),
            })
          }
        >
          <option value="">Every workflow</option>
          {filter.definition && !names.has(filter.definition) ? (
            <option value={filter.definition}>{filter.definition}</option>
          ) : null}
          {definitions.data?.map((one) => (
            <option key={one.id} value={one.id}>
              {one.name}
            </option>
          ))}
        </select>
      </div>
      <Failure error={runs.error ?? counts.error ?? definitions.error} />
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
          place={`${filter.status ?? ''} ${filter.definition ?? ''}`}
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
  const now = useNow(1_000);
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
