// The names behind ids that stand in histories and logs: of access tokens and of clients. Only an
// admin may list tokens; for others an id stays an id.
import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { api, data } from '../api/client';
import { aboutQuery, sessionQuery } from '../api/session';

const tokensQuery = { queryKey: ['tokens'], queryFn: () => data(api.GET('/api/tokens')) };

// This machine is the command line on the server's machine, or its first start.
const always: [string, string][] = [['local', 'this machine']];

// By id.
export function usePeople(): Map<string, string> {
  const session = useQuery(sessionQuery);
  const about = useQuery(aboutQuery);
  const tokens = useQuery({ ...tokensQuery, enabled: session.data?.scope === 'admin' });
  return useMemo(
    () =>
      new Map([
        ...always,
        ...(tokens.data?.tokens ?? []).map((one): [string, string] => [one.token_id, one.name]),
        ...(about.data?.clients ?? []).map((one): [string, string] => [one.clientId, one.name]),
      ]),
    [tokens.data, about.data],
  );
}

export function useNameOf(): (id: string) => string {
  const names = usePeople();
  return useCallback((id) => names.get(id) || id, [names]);
}
