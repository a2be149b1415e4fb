// The names of what ids in the audit log stand for, as far as it still exists.
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api, data } from '../../api/client';
import { usePeople } from '../../parts/useNameOf';

// The most that one answer holds; older ones are told by their id.
const definitionsMax = 1000;

export function useNames() {
  const people = usePeople();
  const credentials = useQuery({
    queryKey: ['credentials'],
    queryFn: () => data(api.GET('/api/credentials')),
  });
  const definitions = useQuery({
    queryKey: ['definitions', 'names'],
    queryFn: () =>
      data(api.GET('/api/workflow-definitions', { params: { query: { size: definitionsMax } } })),
  });
  const names = useMemo(
    () =>
      new Map<string, string>([
        ...people,
        ...(credentials.data ?? []).map((one) => [one.id, one.name] as const),
        ...(definitions.data?.content ?? []).map((one) => [one.id, one.name] as const),
      ]),
    [people, credentials.data, definitions.data],
  );
  return {
    names,
    error: credentials.error ?? definitions.error,
  };
}
