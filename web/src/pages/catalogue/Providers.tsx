// The catalogue by provider: what is there when nothing is searched yet.
import { infiniteQueryOptions, useInfiniteQuery } from '@tanstack/react-query';
import type { Schemas } from '../../api/client';
import { Failure } from '../../parts/Parts';
import { ImportApis, RunningImports, useCatalogueSize } from '../start/ImportApis';
import { readProviders } from './providersQuery';
import { useEnd } from './useEnd';

const everyProvider = infiniteQueryOptions({
  queryKey: ['catalog', 'providers', 'pages'],
  queryFn: ({ pageParam }) => readProviders('', 40, pageParam),
  initialPageParam: '',
  getNextPageParam: (page: Schemas['CatalogProviderPage']) => page.next,
});

const counted = (number: number, one: string, many: string) =>
  `${number.toLocaleString()} ${number === 1 ? one : many}`;

export function Providers({ onChoose }: { onChoose: (provider: string) => void }) {
  const providers = useInfiniteQuery(everyProvider);
  const { isFilled } = useCatalogueSize();
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
        <RunningImports />
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
        {isFilled ? null : <ImportApis />}
      </div>
      <div className="foot" aria-live="polite">
        {pages[0] ? counted(pages[0].total, 'provider', 'providers') : 'Reading providers…'}
      </div>
    </>
  );
}
