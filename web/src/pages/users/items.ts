// What the pages of Users & Items read, by environment.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, data } from '../../api/client';
import type { paths } from '../../api/schema';

export type Environment = 'sandbox' | 'production';
export const environments: Environment[] = ['sandbox', 'production'];

type Answer<Path extends keyof paths> = paths[Path] extends {
  get: { responses: { 200: { content: { 'application/json': infer Body } } } };
}
  ? Body
  : never;

export type User = Answer<'/api/environments/{environment}/users/{userId}'>;
export type Item = User['items'][number];
export type UserRow = Answer<'/api/environments/{environment}/users'>['content'][number];
export type Removal = Answer<'/api/environments/{environment}/removals'>['content'][number];
export type JournalPage = Answer<'/api/environments/{environment}/journal'>;
export type JournalEntry = JournalPage['content'][number];

export const usersQuery = (environment: Environment, q: string, clientId: string) =>
  infiniteQueryOptions({
    queryKey: ['items', environment, 'users', q, clientId],
    queryFn: ({ pageParam }) =>
      data(
        api.GET('/api/environments/{environment}/users', {
          params: {
            path: { environment },
            query: {
              size: 200,
              ...(q ? { q } : {}),
              ...(clientId ? { clientId } : {}),
              ...(pageParam ? { next: pageParam } : {}),
            },
          },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
  });

export const userQuery = (environment: Environment, userId: string) =>
  queryOptions({
    queryKey: ['items', environment, 'user', userId],
    queryFn: () =>
      data(
        api.GET('/api/environments/{environment}/users/{userId}', {
          params: { path: { environment, userId } },
        }),
      ),
  });

// Of one User, who may be gone, or of all.
export const removalsQuery = (environment: Environment, userId?: string) =>
  infiniteQueryOptions({
    queryKey: ['items', environment, 'removals', userId ?? ''],
    queryFn: ({ pageParam }) =>
      data(
        api.GET('/api/environments/{environment}/removals', {
          params: {
            path: { environment },
            query: {
              size: 200,
              ...(userId ? { userId } : {}),
              ...(pageParam ? { next: pageParam } : {}),
            },
          },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
  });

export const counted = (count: number, one: string) =>
  `${count.toLocaleString()} ${one}${count === 1 ? '' : 's'}`;
