// What the parts of a run's page share: its address in the API, its tasks, the time, and its life as
// it goes on.
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { api, data, type Schemas } from '../../api/client';
import { follow, gather } from './follow';

type Transition = Schemas['Transition'];
type History = Schemas['History'];

export const pathOf = (workflowId: string) => ({ params: { path: { workflowId } } });

// The tasks, oldest first as they stand along the time; the server answers the newest first.
export function useTasks(workflowId: string) {
  const tasks = useInfiniteQuery({
    queryKey: ['run', workflowId, 'tasks'],
    initialPageParam: '',
    queryFn: ({ pageParam }) =>
      data(
        api.GET('/api/workflows/{workflowId}/tasks', {
          params: {
            path: { workflowId },
            query: { size: 200, ...(pageParam ? { next: pageParam } : {}) },
          },
        }),
      ),
    getNextPageParam: (page: Schemas['TaskPage']) => page.next,
  });
  const rows = useMemo(
    () => (tasks.data?.pages.flatMap((page) => page.content) ?? []).reverse(),
    [tasks.data],
  );
  return { tasks, rows };
}

// Tells the cache what happens to the run while it goes on. Answers since when the connection is
// lost, while it is.
export function useLive(workflowId: string, isOn: boolean) {
  const queries = useQueryClient();
  const [lostAt, setLostAt] = useState<number>();
  useEffect(() => {
    if (!isOn) {
      return undefined;
    }
    const historyKey = ['run', workflowId, 'history'];
    let seen = -1;
    let lost = false;
    const refresh = (withHistory: boolean) =>
      void queries.invalidateQueries({
        queryKey: ['run', workflowId],
        predicate: ({ queryKey }) => withHistory || queryKey[2] !== 'history',
      });
    const pace = gather(() => {
      const held = queries.getQueryData<History>(historyKey)?.transitions.length ?? 0;
      refresh(held <= seen);
    }, 300);
    const stop = follow(`/api/workflows/${encodeURIComponent(workflowId)}/events`, {
      onEvent: (event) => {
        const step = event as Transition;
        seen = Math.max(seen, step.number);
        const held = queries.getQueryData<History>(historyKey);
        if (held && held.transitions.length > step.number) {
          return; // The stream begins with what has happened so far.
        }
        if (held && held.transitions.length === step.number) {
          queries.setQueryData<History>(historyKey, {
            ...held,
            transitions: [...held.transitions, step],
          });
        }
        pace.ask();
      },
      onOpen: () => {
        if (lost) {
          lost = false;
          setLostAt(undefined);
          refresh(true);
        }
      },
      onLost: () => {
        if (!lost) {
          lost = true;
          setLostAt(Date.now());
        }
      },
      onEnd: () => {
        pace.forget();
        refresh(true);
      },
    });
    return () => {
      pace.forget();
      stop();
      setLostAt(undefined);
    };
  }, [queries, workflowId, isOn]);
  return lostAt;
}

export function useNow(isOn: boolean) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!isOn) {
      return undefined;
    }
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [isOn]);
  return now;
}
