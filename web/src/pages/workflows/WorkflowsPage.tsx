// The workflow definitions, changed last first.
import { keepPreviousData, useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { api, data, type Schemas } from '../../api/client';
import { useKeys } from '../../frame/page';
import { shownText } from '../../parts/json';
import { Empty, Failure, Time } from '../../parts/Parts';
import { useOnce } from '../../parts/useOnce';
import { useSettled } from '../../parts/useSettled';
import { VirtualTable, type Column } from '../../parts/VirtualTable';
import './workflows.css';

type Row = Schemas['DefinitionRow'];

// The smallest definition that is valid: the person adds what it does.
const fresh = {
  name: 'New workflow',
  startTask: 'Done',
  tasks: { Done: { type: 'Terminate', terminationStatus: 'Completed' } },
};

const readPage = (q: string, next: string) =>
  data(
    api.GET('/api/workflow-definitions', {
      params: { query: { ...(q ? { q } : {}), ...(next ? { next } : {}) } },
    }),
  );

const columns: Column<Row>[] = [
  {
    head: 'Name',
    cell: (one) => (
      <Link
        to="/workflows/$definitionId"
        params={{ definitionId: one.id }}
        className="opens"
        title={one.name}
      >
        <bdi>{one.name}</bdi>
      </Link>
    ),
  },
  { head: 'Version', width: 80, isNumber: true, cell: (one) => one.version },
  { head: 'State', width: 100, cell: (one) => (one.disabled ? 'disabled' : 'enabled') },
  {
    head: 'Changed',
    width: 'clamp(180px, 18vw, 220px)',
    cell: (one) => <Time at={one.modifiedOn ?? one.createdOn} />,
  },
];

export function WorkflowsPage() {
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const q = useSettled(typed.trim(), 150);
  const definitions = useInfiniteQuery({
    queryKey: ['definitions', 'pages', q],
    queryFn: ({ pageParam }) => readPage(q, pageParam),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  });
  const make = useMutation({
    mutationFn: () => data(api.POST('/api/workflow-definitions', { body: fresh })),
    onSuccess: (id) =>
      navigate({ to: '/workflows/$definitionId', params: { definitionId: shownText(id) } }),
  });
  const makeOne = useOnce(make.isPending, () => make.mutate());
  useKeys([{ key: 'n', does: 'New workflow', act: makeOne }]);
  const rows = useMemo(
    () => definitions.data?.pages.flatMap((page) => page.content) ?? [],
    [definitions.data],
  );
  const isNone = rows.length === 0 && definitions.isSuccess && !definitions.isPlaceholderData;
  return (
    <div className="page workflows-page">
      <div className="spread">
        <h1>Workflows</h1>
        <button type="button" className="button primary" onClick={makeOne}>
          New workflow
        </button>
      </div>
      <Failure error={definitions.error ?? make.error} />
      {isNone && q === '' ? (
        <Empty>
          <div>
            A workflow is a graph of tasks: HTTP requests, decisions, waits, work for people. Make
            one, or <Link to="/catalogue">start from an API in the catalogue</Link>.
          </div>
          <button type="button" className="button" onClick={makeOne}>
            Make the first workflow
          </button>
        </Empty>
      ) : (
        <>
          <input
            className="field"
            style={{ maxWidth: 320 }}
            aria-label="Filter by name"
            placeholder="Filter by name"
            maxLength={200}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
          {isNone ? (
            <Empty>
              <div>No workflow has this in its name.</div>
              <button type="button" className="button" onClick={() => setTyped('')}>
                Show every workflow
              </button>
            </Empty>
          ) : (
            <VirtualTable
              label="Workflows"
              columns={columns}
              rows={rows}
              rowKey={(one) => one.id}
              hasMore={definitions.hasNextPage && !definitions.isError}
              isReading={definitions.isFetchingNextPage || definitions.isPending}
              readMore={() => void definitions.fetchNextPage()}
              place={q}
              minWidth={560}
            />
          )}
        </>
      )}
    </div>
  );
}
