// What the server has against a definition, as marks for the graph and for the JSON.
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api, data, type Schemas } from '../../api/client';
import { useSettled } from '../../parts/useSettled';
import { printJson } from '../../parts/json';
import type { Found } from '../../parts/Marked';
import { placeIn, type Definition } from './definition';
import { rangesOf } from './document';

// `text` is the JSON that shows the definition; empty when none is shown.
export function useProblems(definition: Definition, text: string) {
  const settled = useSettled(definition);
  const validation = useQuery({
    queryKey: ['validate', printJson(settled)],
    queryFn: ({ signal }) =>
      data(
        api.POST('/api/workflow-definitions/validate', {
          body: settled,
          signal,
        }),
      ),
    placeholderData: (last) => last,
    gcTime: 60_000,
  });
  const problems = useMemo(() => validation.data?.problems ?? [], [validation.data]);
  const ofTask = useMemo(() => {
    const counts = new Map<string, number>();
    for (const { pointer } of problems) {
      const at = placeIn(settled, pointer);
      if (at !== undefined) {
        counts.set(at, (counts.get(at) ?? 0) + 1);
      }
    }
    return counts;
    // Counted when problems come: what changes meanwhile comes with the next ones.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [problems]);
  const marks = useMemo(() => {
    const ranges =
      text === '' || problems.length === 0
        ? []
        : rangesOf(
            text,
            problems.map((one) => one.pointer),
          );
    return ranges.map((range, index) => ({
      ...range,
      severity: 'error' as const,
      message: [problems[index]!.message, problems[index]!.hint].filter(Boolean).join('; '),
    }));
  }, [problems, text]);
  // What was found is of the definition as it is now.
  const isCurrent =
    settled === definition && !validation.isPlaceholderData && !validation.isFetching;
  const hasAnswer = validation.data !== undefined;
  return { problems, ofTask, marks, isCurrent, hasAnswer, error: validation.error };
}

// Those of one task, each from the task on. What is inside of its branches belongs to the tasks there.
export function within(
  problems: Schemas['Problem'][],
  definition: Definition,
  place: string,
): Found[] {
  return problems
    .filter(({ pointer }) => placeIn(definition, pointer) === place)
    .map((one) => ({ ...one, pointer: one.pointer.slice(place.length) }));
}
