// The Users of an environment, of every client.
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { aboutQuery } from '../../api/session';
import { useKeys, useTrail } from '../../frame/page';
import { Empty, Failure, Time } from '../../parts/Parts';
import { TwoLines } from '../../parts/TwoLines';
import { VirtualTable, type Column } from '../../parts/VirtualTable';
import { environmentOf, Head, NoEnvironment } from './Head';
import { counted, usersQuery, type Environment, type UserRow } from './items';
import { NewUser } from './NewUser';

export function UsersPage() {
  const environment = environmentOf(useParams({ from: '/inside/users/$environment' }).environment);
  return environment ? <Users key={environment} environment={environment} /> : <NoEnvironment />;
}

function Users({ environment }: { environment: Environment }) {
  const address = useSearch({ from: '/inside/users/$environment' });
  const navigate = useNavigate();
  const about = useQuery(aboutQuery);
  const [text, setText] = useState(address.q ?? '');
  const [isMaking, setMaking] = useState(false);
  const q = address.q ?? '';
  const client = address.client ?? '';
  const users = useInfiniteQuery({
    ...usersQuery(environment, q, client),
    placeholderData: keepPreviousData,
  });
  const rows = users.data?.pages.flatMap((page) => page.content) ?? [];
  useTrail([{ text: environment }]);
  useKeys([{ key: 'n', does: 'New User', act: () => setMaking(true) }]);

  const look = (next: { q: string; client: string }) =>
    void navigate({
      to: '/users/$environment',
      params: { environment },
      search: {
        ...(next.q ? { q: next.q } : {}),
        ...(next.client ? { client: next.client } : {}),
      },
      replace: true,
    });
  // The address, and so the search, follows what is typed after a short rest; what is typed follows
  // an address that came from elsewhere.
  const asked = useRef(q);
  useEffect(() => {
    const timer = setTimeout(() => {
      if (text.trim() !== asked.current) {
        asked.current = text.trim();
        look({ q: text.trim(), client });
      }
    }, 200);
    return () => clearTimeout(timer);
  });
  useEffect(() => {
    if (q !== asked.current) {
      asked.current = q;
      setText(q);
    }
  }, [q]);

  const clients = about.data?.clients ?? [];
  const link = (one: UserRow) => (
    <Link
      className="opens"
      to="/users/$environment/$userId"
      params={{ environment, userId: one.userId }}
    >
      {one.clientUserId || <span className="soft">can’t be read</span>}
    </Link>
  );
  const columns: Column<UserRow>[] = [
    { head: 'client_user_id', cell: link },
    { head: 'user_id', width: 300, cell: (one) => <code>{one.userId}</code> },
    { head: 'Client', width: 170, cell: (one) => one.clientName || one.clientId },
    { head: 'Items', width: 80, isNumber: true, cell: (one) => one.itemCount.toLocaleString() },
    { head: 'Made', width: 200, cell: (one) => <Time at={one.createdAt} /> },
  ];
  const isFiltered = q !== '' || client !== '';
  return (
    <div className="page users-page">
      <Head environment={environment}>
        <button type="button" className="button primary" onClick={() => setMaking(true)}>
          New User
        </button>
      </Head>
      <div className="users-filter">
        <input
          type="search"
          className="field"
          aria-label="Find Users"
          placeholder="Beginning of a user_id, a whole client_user_id or an item_id"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        {clients.length > 1 ? (
          <select
            className="field"
            aria-label="Client"
            value={client}
            onChange={(event) => look({ q, client: event.target.value })}
          >
            <option value="">Every client</option>
            {clients.map((one) => (
              <option key={one.clientId} value={one.clientId}>
                {one.name || one.clientId}
              </option>
            ))}
          </select>
        ) : null}
      </div>
      <Failure error={users.error} />
      {users.isSuccess && rows.length === 0 && !users.isPlaceholderData ? (
        isFiltered ? (
          <Empty>
            <div>
              No User fits. A client_user_id is kept sealed, so only the whole of it is found.
            </div>
            <button
              type="button"
              className="button"
              onClick={() => {
                setText('');
                look({ q: '', client: '' });
              }}
            >
              Show every User
            </button>
          </Empty>
        ) : (
          <Empty>
            <div>
              No User is in {environment}. A User is a person of yours, who links Items (logins at
              banks).
            </div>
            <button type="button" className="button primary" onClick={() => setMaking(true)}>
              Make a User
            </button>
          </Empty>
        )
      ) : (
        <VirtualTable
          label="Users"
          columns={columns}
          rows={rows}
          rowKey={(one) => one.userId}
          hasMore={users.hasNextPage && !users.isError}
          isReading={users.isFetchingNextPage || users.isPending}
          readMore={() => void users.fetchNextPage()}
          place={`${q} ${client}`}
          minWidth={900}
          opens="Open the User"
          brief={(one) => (
            <TwoLines
              above={[link(one), counted(one.itemCount, 'Item')]}
              below={[
                <code key="id">{one.userId}</code>,
                <Time key="made" at={one.createdAt} as="short" />,
              ]}
            />
          )}
        />
      )}
      {isMaking ? <NewUser environment={environment} onClose={() => setMaking(false)} /> : null}
    </div>
  );
}
