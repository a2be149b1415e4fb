import { queryOptions } from '@tanstack/react-query';
import { api, data, keepCsrfToken } from './client';

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async () => {
    const session = await data(api.GET('/api/session'));
    keepCsrfToken(session.csrfToken ?? '');
    return session;
  },
  staleTime: Infinity,
});

export async function signIn(token: string) {
  const session = await data(api.POST('/api/session', { body: { token } }));
  keepCsrfToken(session.csrfToken ?? '');
  return session;
}

export const aboutQuery = queryOptions({
  queryKey: ['about'],
  queryFn: () => data(api.GET('/api/about')),
});

export const importsQuery = queryOptions({
  queryKey: ['catalog', 'imports'],
  queryFn: () => data(api.GET('/api/catalog/imports')),
  refetchInterval: (query) =>
    query.state.data?.content.some((one) => one.state === 'running') ? 1000 : 15_000,
});
