// What of a run still counts after tasks were visited again, retried and rerun.
import { expect, test } from 'vitest';
import type { Schemas } from '../../api/client';
import { progressOf, routeKey } from './progress';

const row = (id: string, taskName: string, status: string, superseded = false) =>
  ({ id, taskName, status, superseded }) as Schemas['TaskRow'];
const scheduled = (place: number, taskId: string, taskName: string, after?: number, visit = 1) =>
  ({
    number: 0,
    at: '',
    type: 'TaskScheduled',
    place,
    taskId,
    taskName,
    after,
    visit,
  }) as Schemas['Transition'];
const began = (taskId: string, taskName: string) =>
  ({ number: 0, at: '', type: 'AttemptStarted', taskId, taskName }) as Schemas['Transition'];

test('the latest visit counts, with its attempts; what was replaced does not', () => {
  const { latest, visits, attempts, taken } = progressOf(
    [
      row('a1', 'Ask', 'Completed'),
      row('b1', 'Send', 'Completed', true),
      row('c1', 'End', 'Failed', true),
      row('a2', 'Ask', 'InProgress'),
    ],
    [
      scheduled(0, 'a1', 'Ask'),
      scheduled(1, 'b1', 'Send', 0),
      began('b1', 'Send'),
      scheduled(2, 'c1', 'End', 1),
      scheduled(3, 'a2', 'Ask', 0, 2),
      began('a1', 'Ask'),
      began('a2', 'Ask'),
      began('a2', 'Ask'),
    ],
  );
  expect([...latest].map(([name, { id }]) => [name, id])).toEqual([['Ask', 'a2']]);
  expect(visits.get('Ask')).toBe(2);
  expect(attempts.get('Ask')).toBe(2);
  expect([...taken]).toEqual([routeKey('Ask', 'Ask')]);
});
