// The inbox: Simple tasks that wait for someone, oldest first, beside the one that is open.
import {
  keepPreviousData,
  useInfiniteQuery,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, useState } from 'react';
import { api, data, type Schemas } from '../../api/client';
import { useKeys } from '../../frame/page';
import { useListKeys } from '../../parts/listKeys';
import { Empty, Failure } from '../../parts/Parts';
import type { TasksSearch } from '../../router';
import { everyDefinition } from '../runs/definitions';
import { follow, gather } from '../runs/follow';
import { Lost } from '../runs/Lost';
import { useNow } from '../runs/run';
import { ago } from './ago';
import { givenInput } from './expected';
import { filterOf, isLeased, openTasksQuery, rowsOf, taskQuery, type Row } from './task';
import './tasks.css';

const rowHeight = 52;

// What happens to any run may bring a task or take one away.
function useLive() {
  const queries = useQueryClient();
  const [lostAt, setLostAt] = useState<number>();
  useEffect(() => {
    let lost = false;
    const pace = gather(() => void queries.invalidateQueries({ queryKey: ['tasks'] }), 1_000);
    const stop = follow('/api/workflows/events', {
      onEvent: () => pace.ask(),
      onOpen: () => {
        if (lost) {
          lost = false;
          setLostAt(undefined);
          pace.ask();
        }
      },
      onLost: () => {
        if (!lost) {
          lost = true;
          setLostAt(Date.now());
        }
      },
    });
    return () => {
      pace.forget();
      stop();
    };
  }, [queries]);
  return lostAt;
}

export function TasksPage() {
  const search = useSearch({ from: '/inside/tasks' });
  const navigate = useNavigate();
  const { workflowId, taskId } = useParams({ strict: false });
  const tasks = useInfiniteQuery({
    ...openTasksQuery(search),
    placeholderData: keepPreviousData,
  });
  const definitions = useQuery({ queryKey: ['definitions', 'every'], queryFn: everyDefinition });
  const names = useMemo(
    () => new Map(definitions.data?.map((one) => [one.id, one.name])),
    [definitions.data],
  );
  const lostAt = useLive();
  const rows = useMemo(() => rowsOf(tasks.data?.pages, search), [tasks.data, search]);
  const isFiltered = Object.keys(search).length > 0;
  const filter = (next: TasksSearch) => void navigate({ to: '.', search: next, replace: true });

  return (
    <div className={`inbox ${taskId === undefined ? '' : 'with-task'}`}>
      <section className="inbox-list" aria-label="Inbox">
        <div className="inbox-head">
          <h1>Tasks</h1>
          <Filters search={search} definitions={definitions.data ?? []} onChange={filter} />
          <Lost since={lostAt} />
          {lostAt === undefined ? <Failure error={tasks.error ?? definitions.error} /> : null}
        </div>
        {rows.length === 0 && tasks.isSuccess ? (
          <div className="inbox-head">
            <Empty>
              {isFiltered ? (
                <>
                  <div>No task fits this filter.</div>
                  <button type="button" className="button" onClick={() => filter({})}>
                    Show every task
                  </button>
                </>
              ) : (
                <>
                  <div>
                    Nothing waits for anyone. A Simple task of a workflow shows here as soon as its
                    run comes to it.
                  </div>
                  <Link to="/workflows" className="button">
                    Open Workflows
                  </Link>
                </>
              )}
            </Empty>
          </div>
        ) : (
          <List
            rows={rows}
            names={names}
            selected={taskId === undefined ? undefined : `${workflowId} ${taskId}`}
            readMore={
              tasks.hasNextPage && !tasks.isFetchingNextPage && !tasks.isError
                ? () => void tasks.fetchNextPage()
                : undefined
            }
          />
        )}
        <div className="foot" aria-live="polite">
          {tasks.data
            ? `${rows.length.toLocaleString()}${tasks.hasNextPage ? ' and more' : ''} waiting`
            : 'Reading tasks…'}
        </div>
      </section>
      <div className="inbox-task">
        <Outlet />
      </div>
    </div>
  );
}

interface FiltersProps {
  search: TasksSearch;
  definitions: Schemas['DefinitionRow'][];
  onChange: (search: TasksSearch) => void;
}

function Filters({ search, definitions, onChange }: FiltersProps) {
  // The names among the tasks that wait.
  const waiting = useQuery({
    queryKey: ['tasks', 'names', search.definition ?? ''],
    queryFn: () =>
      data(
        api.GET('/api/tasks', {
          params: { query: { size: 1000, ...filterOf({ ...search, name: '' }) } },
        }),
      ),
    placeholderData: keepPreviousData,
  });
  const names = [
    ...new Set([
      ...(search.name ? [search.name] : []),
      ...(waiting.data?.content.map((one) => one.taskName) ?? []),
    ]),
  ].sort();
  const set = (field: keyof TasksSearch, value: string) => {
    const { [field]: _, ...rest } = search;
    onChange(value ? { ...rest, [field]: value } : rest);
  };
  return (
    <div className="inbox-filters">
      <select
        className="field"
        aria-label="Workflow"
        value={search.definition ?? ''}
        onChange={(event) => set('definition', event.target.value)}
      >
        <option value="">Every workflow</option>
        {definitions.map((one) => (
          <option key={one.id} value={one.id}>
            {one.name}
          </option>
        ))}
      </select>
      <select
        className="field"
        aria-label="Task name"
        value={search.name ?? ''}
        onChange={(event) => set('name', event.target.value)}
      >
        <option value="">Every name</option>
        {names.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
      <select
        className="field"
        aria-label="State"
        value={search.state ?? ''}
        onChange={(event) => set('state', event.target.value)}
      >
        <option value="">Every state</option>
        <option value="free">Free</option>
        <option value="taken">With a worker</option>
      </select>
    </div>
  );
}

interface ListProps {
  rows: Row[];
  names: Map<string, string>;
  selected: string | undefined;
  readMore: (() => void) | undefined;
}

function List({ rows, names, selected, readMore }: ListProps) {
  const navigate = useNavigate();
  const scroller = useRef<HTMLDivElement>(null);
  const now = useNow(true);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
  });
  const items = virtual.getVirtualItems();
  const isNearEnd = (items.at(-1)?.index ?? -1) >= rows.length - 50;
  useEffect(() => {
    if (isNearEnd) {
      readMore?.();
    }
  });
  const at = rows.findIndex((row) => `${row.workflowId} ${row.id}` === selected);
  // The open task is in view, also when an address or another page led to it.
  const place = useRef(at);
  const isListed = at >= 0;
  useEffect(() => {
    place.current = at;
  });
  useEffect(() => {
    if (isListed) {
      virtual.scrollToIndex(place.current);
    }
  }, [virtual, selected, isListed]);
  useListKeys(scroller, (by) => {
    const row = rows[at < 0 ? 0 : at + by];
    if (row) {
      void navigate({
        to: '/tasks/$workflowId/$taskId',
        params: { workflowId: row.workflowId, taskId: row.id },
        search: (before) => before,
        replace: true,
      });
    }
  });
  useKeys([{ key: '↓ ↑', does: 'The next task, the one before' }]);
  return (
    <div
      className="inbox-scroller"
      ref={scroller}
      tabIndex={0}
      role="region"
      aria-label="Tasks that wait"
      data-keeps-focus
    >
      <ul style={{ height: virtual.getTotalSize() }}>
        {items.map(({ index, start }) => {
          const row = rows[index];
          if (!row) {
            return null;
          }
          const isSelected = `${row.workflowId} ${row.id}` === selected;
          return (
            <li key={row.id} style={{ transform: `translateY(${start}px)` }}>
              <Link
                to="/tasks/$workflowId/$taskId"
                params={{ workflowId: row.workflowId, taskId: row.id }}
                search={(before) => before}
                aria-current={isSelected ? 'true' : undefined}
                data-keeps-focus
              >
                <span className="name">{row.taskName}</span>
                <time className="soft" dateTime={row.createdOn} title={row.createdOn}>
                  {ago(now - Date.parse(row.createdOn))}
                </time>
                <span className="soft of">
                  {names.get(row.workflowDefinitionId) ?? row.workflowDefinitionId}
                  <Brief row={row} />
                </span>
                {isLeased(row) ? (
                  <span className="soft with">with {row.workerId ?? 'a worker'}</span>
                ) : null}
              </Link>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

// What tells one task of a name from another: the first plain values of its input.
function Brief({ row }: { row: Row }) {
  const { data: task } = useQuery({ ...taskQuery(row.workflowId, row.id), staleTime: Infinity });
  const values = Object.values(givenInput(task?.input)).filter(
    (value) => typeof value === 'string' || typeof value === 'number',
  );
  return values.length > 0 ? <>: {values.slice(0, 4).join(', ')}</> : null;
}

export function NoTask() {
  return <div className="inbox-none soft">Choose a task to see what it asks.</div>;
}
