// What was removed in an environment, of every User, those too who are gone.
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useKeys, useTrail } from '../../frame/page';
import { CopyButton, Empty, Failure, Time } from '../../parts/Parts';
import { TwoLines } from '../../parts/TwoLines';
import { VirtualTable, type Column } from '../../parts/VirtualTable';
import { environmentOf, Head, NoEnvironment } from './Head';
import { counted, removalsQuery, type Environment, type Removal } from './items';
import { byWhom } from './Removals';

export function RemovalsPage() {
  const { environment } = useParams({ from: '/inside/users/$environment/removals' });
  const known = environmentOf(environment);
  return known ? <Removals key={known} environment={known} /> : <NoEnvironment />;
}

function Removals({ environment }: { environment: Environment }) {
  const { request } = useSearch({ from: '/inside/users/$environment/removals' });
  const navigate = useNavigate();
  const removals = useInfiniteQuery(removalsQuery(environment));
  const rows = removals.data?.pages.flatMap((page) => page.content) ?? [];
  const opened = rows.find((one) => one.requestId === request);
  useTrail([
    { text: environment, link: { to: '/users/$environment', params: { environment } } },
    { text: 'What was removed' },
  ]);
  const open = (requestId: string | undefined) =>
    void navigate({
      to: '/users/$environment/removals',
      params: { environment },
      search: requestId === undefined ? {} : { request: requestId },
      replace: request !== undefined && requestId !== undefined,
    });
  const isOpened = (one: Removal) => one.id === opened?.id;
  useKeys(opened ? [{ key: 'x', does: 'Close the removal', act: () => open(undefined) }] : []);
  const what = (one: Removal) => (
    <button
      type="button"
      className="opens"
      aria-pressed={isOpened(one)}
      title={one.what}
      onClick={() => open(one.requestId)}
    >
      {one.what}
    </button>
  );
  const columns: Column<Removal>[] = [
    { head: 'When', width: 142, cell: (one) => <Time at={one.at} as="short" /> },
    { head: 'What', cell: what },
  ];
  const more: Column<Removal>[] = [
    {
      head: 'User',
      width: 142,
      cell: (one) => <UserOf environment={environment} removal={one} />,
    },
    { head: 'By', width: '16%', cell: (one) => <span title={byWhom(one)}>{byWhom(one)}</span> },
    {
      head: 'Reason',
      width: '18%',
      cell: (one) =>
        one.reasonCode ? (
          <span title={one.reasonCode}>{one.reasonCode}</span>
        ) : (
          <span className="soft">—</span>
        ),
    },
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
        <div className={opened ? 'with-detail open' : 'with-detail'}>
          <div>
            <VirtualTable
              label="What was removed"
              columns={opened ? columns : [...columns, ...more]}
              rows={rows}
              rowKey={(one) => one.id}
              isCurrent={isOpened}
              hasMore={removals.hasNextPage && !removals.isError}
              isReading={removals.isFetchingNextPage || removals.isPending}
              readMore={() => void removals.fetchNextPage()}
              minWidth={opened ? 380 : 780}
              opens="Open what was removed"
              brief={(one) => (
                <TwoLines
                  above={[what(one)]}
                  below={[<Time key="at" at={one.at} as="short" />, byWhom(one)]}
                />
              )}
            />
          </div>
          {opened ? (
            <Opened
              key={opened.id}
              environment={environment}
              removal={opened}
              onClose={() => open(undefined)}
            />
          ) : null}
        </div>
      )}
    </div>
  );
}

function UserOf({ environment, removal }: { environment: Environment; removal: Removal }) {
  return removal.userId ? (
    <Link
      className="inner"
      to="/users/$environment/$userId"
      params={{ environment, userId: removal.userId }}
    >
      <code>{removal.userId}</code>
    </Link>
  ) : (
    <span className="soft">an Item without a User</span>
  );
}

interface OpenedProps {
  environment: Environment;
  removal: Removal;
  onClose: () => void;
}

function Opened({ environment, removal, onClose }: OpenedProps) {
  return (
    <aside className="detail" aria-label="The opened removal" tabIndex={0}>
      <div className="spread">
        <h2>{removal.what}</h2>
        <button
          type="button"
          className="button plain"
          onClick={onClose}
          aria-label="Close the removal"
        >
          ✕
        </button>
      </div>
      <dl className="facts">
        <dt>When</dt>
        <dd>
          <Time at={removal.at} />
        </dd>
        <dt>User</dt>
        <dd>
          <UserOf environment={environment} removal={removal} />
        </dd>
        <dt>By</dt>
        <dd>{byWhom(removal)}</dd>
        <dt>Reason</dt>
        <dd>{removal.reasonCode ?? 'none given'}</dd>
        <dt>Subscriptions ended</dt>
        <dd>{removal.subscriptionsEnded}</dd>
        <dt>request_id</dt>
        <dd className="row">
          <code>{removal.requestId}</code>
          <CopyButton text={removal.requestId} />
        </dd>
        {removal.itemIds.length > 0 ? (
          <>
            <dt>{counted(removal.itemCount, 'Item')}</dt>
            <dd>
              <ul className="ids">
                {removal.itemIds.map((id) => (
                  <li key={id}>
                    <code>{id}</code>
                  </li>
                ))}
              </ul>
            </dd>
          </>
        ) : null}
      </dl>
      {removal.itemIds.length > 1 ? (
        <div>
          <CopyButton text={removal.itemIds.join('\n')} label="Copy the item_ids" />
        </div>
      ) : null}
    </aside>
  );
}
