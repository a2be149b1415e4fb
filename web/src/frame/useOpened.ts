// The last steps of the line above the page, for a page that shows one thing and doesn't tell them
// itself: named as the page has loaded it, by its address until then.
import { notifyManager, useQueryClient, type QueryKey } from '@tanstack/react-query';
import { useRouterState } from '@tanstack/react-router';
import { useSyncExternalStore } from 'react';
import type { Schemas } from '../api/client';
import type { Crumb } from './page';

function useLoaded<T>(key: QueryKey) {
  const queries = useQueryClient();
  const cache = queries.getQueryCache();
  return useSyncExternalStore(
    (changed) => cache.subscribe(notifyManager.batchCalls(changed)),
    () => queries.getQueryData<T>(key),
  );
}

export function useOpened(): Crumb[] {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const search: { operation?: string } = useRouterState({
    select: (state) => state.location.search,
  });
  const [, place = '', id = ''] = path.split('/');
  const operation = useLoaded<Schemas['CatalogOperation']>([
    'catalog',
    'operation',
    search.operation ?? '',
  ]);
  const workflow = useLoaded<{ definition: { name?: string } }>(['definition', id]);
  const run = useLoaded<Schemas['Workflow']>(['run', id, 'workflow']);
  if (place === 'catalogue') {
    return operation
      ? [
          { text: operation.api, link: { to: '/catalogue', search: { api: operation.api } } },
          { text: `${operation.method} ${operation.path}` },
        ]
      : [];
  }
  if (id === '') {
    return [];
  }
  if (place === 'workflows') {
    return [{ text: workflow?.definition.name ?? id }];
  }
  if (place === 'runs') {
    return [{ text: run ? `Run #${run.sequenceNumber}` : id }];
  }
  return [{ text: id }];
}
