// What the parts of a run's page share: its address in the API, the time, and its life as it goes on.
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Schemas } from '../../api/client';
import { follow, gather } from './follow';

type Transition = Schemas['Transition'];
type History = Schemas['History'];

export const pathOf = (workflowId: string) => ({ params: { path: { workflowId } } });

// Tells the cache what happens to the run while it goes on.
export function useLive(workflowId: string, isOn: boolean) {
  const queries = useQueryClient();
  useEffect(() => {
    if (!isOn) {
      return undefined;
    }
    const historyKey = ['run', workflowId, 'history'];
    let seen = -1;
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
      onEnd: () => {
        pace.forget();
        refresh(true);
      },
    });
    return () => {
      pace.forget();
      stop();
    };
  }, [queries, workflowId, isOn]);
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
