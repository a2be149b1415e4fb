// Every run, newest first. What happens is told by a stream and patched into the rows that are loaded.
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { api, data, type Schemas } from '../../api/client';
import { Empty, Failure, Status, Time } from '../../parts/Parts';
import { TwoLines } from '../../parts/TwoLines';
import { VirtualTable } from '../../parts/VirtualTable';
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
          isReading={runs.isFetchingNextPage || runs.isPending}
          readMore={() => void runs.fetchNextPage()}
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
  place: string;
}

function RunTable({ rows, names, ...reading }: RunTableProps) {
  const now = useNow(true);
  const took = (row: Row) =>
    row.startedTime
      ? duration((row.endedTime ? Date.parse(row.endedTime) : now) - Date.parse(row.startedTime))
      : '—';
  const link = (row: Row) => (
    <Link to="/runs/$workflowId" params={{ workflowId: row.id }} className="opens">
      {names.get(row.workflowDefinitionId) ?? row.workflowDefinitionId}{' '}
      <span className="soft">v{row.workflowDefinitionVersion}</span>
    </Link>
  );
  return (
    <VirtualTable
      label="Runs"
      rows={rows}
      rowKey={(row) => row.id}
      minWidth={640}
      opens="Open the run"
      brief={(row) => (
        <TwoLines
          above={[link(row), <Status key="status" name={row.status} />]}
          below={[
            <>
              #{row.sequenceNumber ?? '—'}, <Time at={row.startedTime} as="short" />
            </>,
            took(row),
          ]}
        />
      )}
      {...reading}
      columns={[
        {
          head: 'Status',
          width: 'clamp(108px, 12vw, 130px)',
          cell: (row) => <Status name={row.status} />,
        },
        {
          head: 'Workflow',
          cell: link,
        },
        {
          head: 'Number',
          width: 'clamp(84px, 9vw, 110px)',
          isNumber: true,
          cell: (row) => row.sequenceNumber ?? '—',
        },
        {
          head: 'Started',
          width: 'clamp(180px, 18vw, 220px)',
          cell: (row) => <Time at={row.startedTime} />,
        },
        { head: 'Duration', width: 'clamp(90px, 10vw, 130px)', isNumber: true, cell: took },
      ]}
    />
  );
}
