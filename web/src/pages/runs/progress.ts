// How far a run has come on each task of its definition, and by which routes.
import type { Schemas } from '../../api/client';

type TaskRow = Schemas['TaskRow'];
type Transition = Schemas['Transition'];

export interface Progress {
  // By task name: its latest visit that still counts.
  latest: Map<string, TaskRow>;
  // How often it was begun in all.
  visits: Map<string, number>;
  // Of the latest visit.
  attempts: Map<string, number>;
  // The routes that were gone, by routeKey.
  taken: Set<string>;
}

export const routeKey = (from: string, to: string) => `${from}\n${to}`;

export function progressOf(rows: TaskRow[], transitions: Transition[]): Progress {
  const progress: Progress = {
    latest: new Map(),
    visits: new Map(),
    attempts: new Map(),
    taken: new Set(),
  };
  const { latest, visits, attempts, taken } = progress;
  const alive = rows.filter((row) => !row.superseded);
  for (const row of alive) {
    latest.set(row.taskName, row);
  }
  const counting = new Set(alive.map((row) => row.id));
  const names = new Map<number, string>();
  for (const { type, place, taskId = '', taskName = '', after, visit } of transitions) {
    if (type === 'TaskScheduled' && place !== undefined) {
      names.set(place, taskName);
      const before = names.get(Number(after ?? -1));
      if (before !== undefined && counting.has(taskId)) {
        taken.add(routeKey(before, taskName));
      }
      if (latest.has(taskName)) {
        visits.set(taskName, Number(visit ?? 1));
      }
    } else if (type === 'AttemptStarted' && latest.get(taskName)?.id === taskId) {
      attempts.set(taskName, (attempts.get(taskName) ?? 0) + 1);
    }
  }
  return progress;
}
