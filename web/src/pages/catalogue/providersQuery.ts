import { queryOptions } from '@tanstack/react-query';
import { api, data } from '../../api/client';

export function readProviders(q: string, size: number, next: string) {
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
