// One User: its Items with what belongs to them, its subscriptions, what was removed.
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { Problem } from '../../api/client';
import { useKeys, useTrail } from '../../frame/page';
import { Id } from '../../parts/Id';
import { CopyButton, Empty, Failure, Time } from '../../parts/Parts';
import { Wide } from '../../parts/Wide';
import { environmentOf, NoEnvironment } from './Head';
import { counted, userQuery, type Environment, type User } from './items';
import { ItemsTable } from './ItemsTable';
import { NewItem } from './NewItem';
import { RemovalsOf } from './Removals';
import { RemoveItems, type Removed } from './RemoveItems';
import { RemoveUser } from './RemoveUser';
import '../../parts/parts.css';
import './users.css';

export function UserPage() {
  const { environment, userId } = useParams({ from: '/inside/users/$environment/$userId' });
  const known = environmentOf(environment);
  return known ? (
    <OneUser key={`${known} ${userId}`} environment={known} userId={userId} />
  ) : (
    <NoEnvironment />
  );
}

function OneUser({ environment, userId }: { environment: Environment; userId: string }) {
  const user = useQuery(userQuery(environment, userId));
  useTrail([
    { text: environment, link: { to: '/users/$environment', params: { environment } } },
    { text: user.data?.clientUserId || userId },
  ]);
  const isGone = user.error instanceof Problem && user.error.status === 404;
  if (isGone) {
    return (
      <div className="page user-page">
        <h1>No such User</h1>
        <p>
          No User of {environment} has the id <code>{userId}</code> now. What was removed of it, if
          it was here:
        </p>
        <RemovalsOf environment={environment} userId={userId} />
      </div>
    );
  }
  if (!user.data) {
    return (
      <div className="page user-page">
        <h1>User</h1>
        {user.error ? <Failure error={user.error} /> : <div role="status">Reading the User…</div>}
      </div>
    );
  }
  return <Known environment={environment} user={user.data} query={user} />;
}

interface KnownProps {
  environment: Environment;
  user: User;
  query: UseQueryResult<User>;
}

function Known({ environment, user, query }: KnownProps) {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [isMaking, setMaking] = useState(false);
  const [removing, setRemoving] = useState<string[]>();
  const [removed, setRemoved] = useState<Removed>();
  const [isRemovingUser, setRemovingUser] = useState(false);
  const navigate = useNavigate();
  // Items that went meanwhile are no longer selected.
  const chosen = user.items.filter((one) => selected.has(one.itemId)).map((one) => one.itemId);
  const isSandbox = environment === 'sandbox';
  useKeys([
    ...(isSandbox ? [{ key: 'n', does: 'Make a sandbox Item', act: () => setMaking(true) }] : []),
    {
      key: 'Delete',
      does: 'Remove the selected Items',
      act: () => setRemoving(chosen.length > 0 ? chosen : undefined),
    },
  ]);
  return (
    <div className="page user-page">
      <div className="spread">
        <h1>{user.clientUserId || user.userId}</h1>
        <button type="button" className="button" onClick={() => setRemovingUser(true)}>
          Remove User…
        </button>
      </div>
      <Failure error={query.error} />
      <Facts environment={environment} user={user} />
      {removed ? (
        <div className="note" role="status">
          {counted(removed.itemIds.length, 'Item')} {removed.itemIds.length === 1 ? 'was' : 'were'}{' '}
          removed at <Time at={removed.removedAt} />.{' '}
          <Link
            to="/users/$environment/removals"
            params={{ environment }}
            search={{ request: removed.requestId }}
          >
            See the removal
          </Link>
        </div>
      ) : null}
      <div className="spread">
        <h2>Items</h2>
        <div className="row">
          {isSandbox ? (
            <button type="button" className="button" onClick={() => setMaking(true)}>
              Make a sandbox Item
            </button>
          ) : null}
          <button
            type="button"
            className="button"
            disabled={chosen.length === 0}
            onClick={() => setRemoving(chosen)}
          >
            {chosen.length === 0 ? 'Remove Items…' : `Remove ${counted(chosen.length, 'Item')}…`}
          </button>
        </div>
      </div>
      {user.items.length === 0 ? (
        <Empty>
          <div>
            This User has no Item.{' '}
            {isSandbox
              ? 'A sandbox Item is a login at a made-up bank, with accounts to try things on.'
              : 'In production Items come from Link, in your program.'}
          </div>
          {isSandbox ? (
            <button type="button" className="button primary" onClick={() => setMaking(true)}>
              Make a sandbox Item
            </button>
          ) : null}
        </Empty>
      ) : (
        <ItemsTable items={user.items} selected={selected} onSelect={setSelected} />
      )}
      {user.itemCount > user.items.length ? (
        <p className="soft">
          The first {user.items.length.toLocaleString()} of {counted(user.itemCount, 'Item')}.
        </p>
      ) : null}
      <h2>Subscriptions</h2>
      <Subscriptions user={user} />
      <h2>What was removed</h2>
      <RemovalsOf environment={environment} userId={user.userId} />
      {isMaking ? (
        <NewItem environment={environment} userId={user.userId} onClose={() => setMaking(false)} />
      ) : null}
      {isRemovingUser ? (
        <RemoveUser
          environment={environment}
          user={user}
          onClose={() => setRemovingUser(false)}
          onRemoved={(done) =>
            void navigate({
              to: '/users/$environment/removals',
              params: { environment },
              search: { request: done.requestId },
            })
          }
        />
      ) : null}
      {removing ? (
        <RemoveItems
          environment={environment}
          user={user}
          itemIds={removing}
          onClose={() => setRemoving(undefined)}
          onRemoved={(done) => {
            setRemoving(undefined);
            setSelected(new Set());
            setRemoved(done);
          }}
        />
      ) : null}
    </div>
  );
}

function Facts({ environment, user }: { environment: Environment; user: User }) {
  return (
    <dl className="facts">
      <dt>user_id</dt>
      <dd className="row" style={{ flexWrap: 'wrap' }}>
        <code>{user.userId}</code>
        <CopyButton text={user.userId} />
      </dd>
      <dt>Client</dt>
      <dd>
        {user.clientName ? `${user.clientName} ` : ''}
        <code>{user.clientId}</code>
      </dd>
      <dt>Made</dt>
      <dd>
        <Time at={user.createdAt} /> in {environment}
        {user.updatedAt ? (
          <>
            , identity changed <Time at={user.updatedAt} />
          </>
        ) : null}
      </dd>
      <dt>Personal details</dt>
      <dd>
        {user.identityFields.length > 0
          ? `${user.identityFields.join(', ')} (sealed, not shown here)`
          : 'none are stored'}
      </dd>
      {user.userToken ? (
        <>
          <dt>user_token</dt>
          <dd>
            <code>{user.userToken.masked}</code>
          </dd>
        </>
      ) : null}
    </dl>
  );
}

const causes: Record<string, string> = {
  item_removed: 'its Item was removed',
  user_items_removed: 'its Item was removed with others',
  item_terminated: 'the products of its Item were terminated',
  user_products_terminated: 'the products of the User were terminated',
  user_removed: 'the User was removed',
};

function Subscriptions({ user }: { user: User }) {
  if (user.subscriptions.length === 0) {
    return <p className="soft">None: no product of this User is billed by the month.</p>;
  }
  return (
    <Wide label="Subscriptions">
      <table className="folds">
        <thead>
          <tr>
            <th scope="col">Product</th>
            <th scope="col">Of</th>
            <th scope="col">State</th>
            <th scope="col">Began</th>
            <th scope="col">Ended</th>
          </tr>
        </thead>
        <tbody>
          {user.subscriptions.map((one) => (
            <tr key={one.subscriptionId}>
              <td>{one.product}</td>
              <td data-label="of">{one.itemId ? <Id text={one.itemId} /> : 'the User'}</td>
              <td>
                <span className={`status ${one.status === 'active' ? 'good' : 'idle'}`}>
                  <span>{one.status}</span>
                </span>
              </td>
              <td data-label="began">
                <Time at={one.startedAt} as="short" />
              </td>
              <td data-label="ended">
                {one.endedAt ? (
                  <>
                    <Time at={one.endedAt} as="short" />
                    {one.endedCause ? `, ${causes[one.endedCause] ?? one.endedCause}` : ''}
                  </>
                ) : (
                  <span className="soft">—</span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}
