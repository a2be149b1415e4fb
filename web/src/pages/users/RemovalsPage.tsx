// What was removed in an environment, of every User, those too who are gone.
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { useTrail } from '../../frame/page';
import { Empty, Failure, Time } from '../../parts/Parts';
import { VirtualTable, type Column } from '../../parts/VirtualTable';
import { environmentOf, Head, NoEnvironment } from './Head';
import { removalsQuery, type Environment, type Removal } from './items';
import { byWhom } from './Removals';

export function RemovalsPage() {
  const { environment } = useParams({ from: '/inside/users/$environment/removals' });
  const known = environmentOf(environment);
  return known ? <Removals key={known} environment={known} /> : <NoEnvironment />;
}

function Removals({ environment }: { environment: Environment }) {
  const { request } = useSearch({ from: '/inside/users/$environment/removals' });
  const removals = useInfiniteQuery(removalsQuery(environment));
  const rows = removals.data?.pages.flatMap((page) => page.content) ?? [];
  useTrail([
    { text: environment, link: { to: '/users/$environment', params: { environment } } },
    { text: 'What was removed' },
  ]);
  const columns: Column<Removal>[] = [
    { head: 'When', width: 190, cell: (one) => <Time at={one.at} /> },
    { head: 'What', width: 240, cell: (one) => <span title={one.action}>{one.what}</span> },
    {
      head: 'User',
      width: 200,
      cell: (one) =>
        one.userId ? (
          <Link to="/users/$environment/$userId" params={{ environment, userId: one.userId }}>
            <code>{one.userId}</code>
          </Link>
        ) : (
          <span className="soft">an Item without a User</span>
        ),
    },
    { head: 'By', width: 200, cell: (one) => <span title={byWhom(one)}>{byWhom(one)}</span> },
    {
      head: 'Reason',
      width: 120,
      cell: (one) => one.reasonCode ?? <span className="soft">—</span>,
    },
    {
      head: 'Items',
      width: 190,
      cell: (one) =>
        one.itemIds.length > 0 ? (
          <code title={one.itemIds.join('\n')}>
            {one.itemIds[0]}
            {one.itemCount > 1 ? ` +${one.itemCount - 1}` : ''}
          </code>
        ) : (
          <span className="soft">—</span>
        ),
    },
    { head: 'Request', width: 160, cell: (one) => <code>{one.requestId}</code> },
  ];
  return (
    <div className="page users-page">
      <Head environment={environment} />
      <Failure error={removals.error} />
      {removals.isSuccess && rows.length === 0 && !removals.hasNextPage ? (
        <Empty>
          <div>
            Nothing was removed in {environment}. Open a User, select Items and remove them; what
            happened stands here afterwards, without any personal detail.
          </div>
          <Link to="/users/$environment" params={{ environment }} className="button">
            Open the Users
          </Link>
        </Empty>
      ) : (
        <VirtualTable
          label="What was removed"
          columns={columns}
          rows={rows}
          rowKey={(one) => one.id}
          isCurrent={(one) => request !== undefined && one.requestId === request}
          hasMore={removals.hasNextPage && !removals.isError}
          isReading={removals.isFetchingNextPage || removals.isPending}
          readMore={() => void removals.fetchNextPage()}
          minWidth={1220}
        />
      )}
    </div>
  );
}
