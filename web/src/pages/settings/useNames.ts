// The names of what ids in the audit log stand for, as far as it still exists.
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api, data } from '../../api/client';
import { tokensQuery } from './Tokens';

// The most that one answer holds; older ones are told by their id.
const definitionsMax = 1000;

export function useNames() {
  const tokens = useQuery(tokensQuery);
  const clients = useQuery({
    queryKey: ['clients'],
    queryFn: () => data(api.GET('/api/clients')),
  });
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
        ...(tokens.data?.tokens ?? []).map((one) => [one.token_id, one.name] as const),
        ...(clients.data?.clients ?? []).map((one) => [one.client_id, one.name] as const),
        ...(credentials.data ?? []).map((one) => [one.id, one.name] as const),
        ...(definitions.data?.content ?? []).map((one) => [one.id, one.name] as const),
      ]),
    [tokens.data, clients.data, credentials.data, definitions.data],
  );
  return {
    names,
    error: tokens.error ?? clients.error ?? credentials.error ?? definitions.error,
  };
}
