// The definitions by name, for filters, and one version whole.
import { queryOptions } from '@tanstack/react-query';
import { api, data, Problem, type Schemas } from '../../api/client';
import { asWritten, isDefinition } from '../workflows/definition';

export async function everyDefinition() {
  const all: Schemas['DefinitionRow'][] = [];
  let next: string | null = null;
  do {
    const page: Schemas['DefinitionPage'] = await data(
      api.GET('/api/workflow-definitions', {
        params: { query: { size: 1000, ...(next ? { next } : {}) } },
      }),
    );
    all.push(...page.content);
    next = page.next;
  } while (next && all.length < 10_000);
  return all;
}

// A version as it was written; null when its definition is deleted: runs outlive it.
async function readVersion(definitionId: string, version: number) {
  try {
    const held = await data(
      api.GET('/api/workflow-definitions/{definitionId}', {
        params: { path: { definitionId }, query: { version } },
      }),
    );
    return isDefinition(held) ? asWritten(held) : null;
  } catch (error) {
    if (error instanceof Problem && error.status === 404) {
      return null;
    }
    throw error;
  }
}

export function versionQuery(definitionId?: string, version?: number) {
  return queryOptions({
    queryKey: ['definitions', 'version', definitionId, version],
    enabled: definitionId !== undefined && version !== undefined,
    staleTime: Infinity,
    queryFn: () => readVersion(definitionId ?? '', version ?? 0),
  });
}
