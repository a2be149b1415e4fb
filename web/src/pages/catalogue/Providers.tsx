// The catalogue by provider: what is there when nothing is searched yet.
import { infiniteQueryOptions, queryOptions, useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, data, type Schemas } from '../../api/client';
import { Empty, Failure } from '../../parts/Parts';
import { useEnd } from './useEnd';

function readProviders(q: string, size: number, next: string) {
  return data(
    api.GET('/api/catalog/providers', {
      params: { query: { size, ...(q ? { q } : {}), ...(next ? { next } : {}) } },
    }),
  );
}

export function providersQuery(q: string, size: number) {
  return queryOptions({
    queryKey: ['catalog', 'providers', q, size],
    queryFn: () => readProviders(q, size, ''),
    staleTime: 60_000,
  });
}

const everyProvider = infiniteQueryOptions({
  queryKey: ['catalog', 'providers', 'pages'],
  queryFn: ({ pageParam }) => readProviders('', 100, pageParam),
  initialPageParam: '',
  getNextPageParam: (page: Schemas['CatalogProviderPage']) => page.next,
});

const counted = (number: number, one: string, many: string) =>
  `${number.toLocaleString()} ${number === 1 ? one : many}`;

export function Providers({ onChoose }: { onChoose: (provider: string) => void }) {
  const providers = useInfiniteQuery(everyProvider);
  const pages = providers.data?.pages ?? [];
  const rows = pages.flatMap((page) => page.content);
  const end = useEnd(
    providers.hasNextPage && !providers.isFetchingNextPage
      ? () => void providers.fetchNextPage()
      : undefined,
  );
  return (
    <>
      <div className="provider-list">
        <Failure error={providers.error} />
        {rows.length === 0 && providers.isSuccess ? (
          <Empty>
            <div>The catalogue is empty.</div>
            <Link to="/" className="button">
              Import APIs on the Start page
            </Link>
          </Empty>
        ) : null}
        <ul className="providers" aria-label="Providers">
          {rows.map(({ provider, title, apis, operations }) => (
            <li key={provider}>
              <button type="button" onClick={() => onChoose(provider)}>
                <span className="name">
                  <strong>{provider}</strong> <span className="soft">{title}</span>
                </span>
                <span className="soft number">
                  {apis > 1 ? `${counted(apis, 'API', 'APIs')}, ` : ''}
                  {counted(operations, 'operation', 'operations')}
                </span>
              </button>
            </li>
          ))}
          {providers.hasNextPage ? <li ref={end} className="hits-end" /> : null}
        </ul>
      </div>
      <div className="foot" aria-live="polite">
        {pages[0] ? counted(pages[0].total, 'provider', 'providers') : 'Reading providers…'}
      </div>
    </>
  );
}
