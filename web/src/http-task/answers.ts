// The last answer to each task's test stays at hand while its panel shows something else.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { Schemas } from '../api/client';

export interface KeptAnswer {
  // The task as it was tested.
  task: string;
  result: Schemas['TestResult'];
  // When it was sent: a later one is not replaced by an earlier one that took longer.
  sentAt: number;
}

const keptMs = 30 * 60_000;

export const sampleKeyOf = (definitionId: string, taskName: string) =>
  `${definitionId} ${taskName}`;
// Where its sample input is remembered in this browser.
export const samplePlace = (key: string) => `tartan-sample ${key}`;
export const answerKey = (key: string) => ['http-task', 'answer', key];

export function useKeptAnswer(key: string) {
  const queries = useQueryClient();
  const kept = useQuery({
    queryKey: answerKey(key),
    queryFn: (): KeptAnswer | null => null,
    enabled: false,
    gcTime: keptMs,
    structuralSharing: false,
  });
  const keep = (answer: KeptAnswer | null) =>
    queries.setQueryData<KeptAnswer | null>(answerKey(key), (known) =>
      known && answer && known.sentAt > answer.sentAt ? known : answer,
    );
  return [kept.data ?? undefined, keep] as const;
}
