// What the page of a task keeps and looks up.
import { queryOptions } from '@tanstack/react-query';
import { useState } from 'react';
import { api, data } from '../../api/client';
import type { Output } from './OutputForm';

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
