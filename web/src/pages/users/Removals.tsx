// What was removed of one User, when, by whom and why.
import { useInfiniteQuery } from '@tanstack/react-query';
import { Id } from '../../parts/Id';
import { Failure, Time } from '../../parts/Parts';
import { Wide } from '../../parts/Wide';
import { removalsQuery, type Environment, type Removal } from './items';

export const byWhom = (one: Removal) =>
  one.by.kind === 'token'
    ? `${one.by.name || one.by.id}, in the workbench`
    : `${one.by.name || one.by.id}, by the API`;

export function RemovalsOf({ environment, userId }: { environment: Environment; userId: string }) {
  const removals = useInfiniteQuery(removalsQuery(environment, userId));
  const rows = removals.data?.pages.flatMap((page) => page.content) ?? [];
  const isEmpty = removals.isSuccess && rows.length === 0 && !removals.hasNextPage;
  return (
    <>
      <Failure error={removals.error} />
      {isEmpty ? <p className="soft">Nothing was removed.</p> : null}
      {rows.length > 0 ? (
        <Wide label="What was removed">
          <table className="folds">
            <thead>
              <tr>
                <th scope="col">When</th>
                <th scope="col">What</th>
                <th scope="col">By</th>
                <th scope="col">Reason</th>
                <th scope="col" className="number">
                  Subscriptions ended
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((one) => (
                <tr key={one.id}>
                  <td style={{ whiteSpace: 'nowrap' }}>
                    <Time at={one.at} as="short" />
                  </td>
                  <td>
                    {one.what}
                    {one.itemIds.map((id) => (
                      <div key={id}>
                        <Id text={id} />
                      </div>
                    ))}
                  </td>
                  <td>{byWhom(one)}</td>
                  <td data-label="Reason">
                    {one.reasonCode ?? <span className="soft">none given</span>}
                  </td>
                  <td className="number" data-label="Subscriptions ended">
                    {one.subscriptionsEnded}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Wide>
      ) : null}
      {removals.hasNextPage ? (
        <div>
          <button
            type="button"
            className="button"
            disabled={removals.isFetchingNextPage}
            onClick={() => void removals.fetchNextPage()}
          >
            Look further back
          </button>
        </div>
      ) : null}
    </>
  );
}
