// What the page of a task keeps and looks up.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { useState } from 'react';
import { api, data, type Schemas } from '../../api/client';
import type { TasksSearch } from '../../router';
import type { Output } from './OutputForm';

export type Row = Schemas['OpenTask'];

const pageSize = 200;

export function filterOf({ definition, name }: TasksSearch) {
  return {
    ...(definition ? { workflowDefinitionId: definition } : {}),
    ...(name ? { taskName: name } : {}),
  };
}

export const isLeased = (row: Row) =>
  row.leasedUntil !== null &&
  row.leasedUntil !== undefined &&
  Date.parse(row.leasedUntil) > Date.now();

// The tasks that wait, oldest first.
export function openTasksQuery(search: TasksSearch) {
  return infiniteQueryOptions({
    queryKey: ['tasks', 'open', search.definition ?? '', search.name ?? ''],
    queryFn: ({ pageParam }) =>
      data(
        api.GET('/api/tasks', {
          params: {
            query: {
              size: pageSize,
              ...filterOf(search),
              ...(pageParam ? { next: pageParam } : {}),
            },
          },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page: Schemas['OpenTaskPage']) => page.next,
  });
}

export function rowsOf(pages: Schemas['OpenTaskPage'][] | undefined, search: TasksSearch): Row[] {
  const all = pages?.flatMap((page) => page.content) ?? [];
  return search.state === undefined
    ? all
    : all.filter((row) => isLeased(row) === (search.state === 'taken'));
}

// The one that comes after a task in the list, whether that still stands there or not.
export function nextOf(rows: Row[], task: { id: string; createdOn?: string }): Row | undefined {
  const others = rows.filter((row) => row.id !== task.id);
  return others.find((row) => row.createdOn >= (task.createdOn ?? '')) ?? others[0];
}

export function taskQuery(workflowId: string, taskId: string) {
  return queryOptions({
    queryKey: ['run', workflowId, 'task', taskId],
    queryFn: ({ signal }) =>
      data(
        api.GET('/api/workflows/{workflowId}/tasks/{taskId}', {
          params: { path: { workflowId, taskId } },
          signal,
        }),
      ),
  });
}

// An answer that is not sent yet outlives a look at another page.
export function useDraft(taskId: string, first: () => Output) {
  const place = `tartan-answer ${taskId}`;
  const [output, setOutput] = useState<Output>(() => {
    const held = sessionStorage.getItem(place);
    return held === null ? first() : (JSON.parse(held) as Output);
  });
  const set = (next: Output) => {
    setOutput(next);
    sessionStorage.setItem(place, JSON.stringify(next));
  };
  return [output, set, () => sessionStorage.removeItem(place)] as const;
}
