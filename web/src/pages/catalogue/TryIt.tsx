// The prepared request of an operation, to be changed and sent at once.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, data } from '../../api/client';
import { Request, type Task } from '../../http-task/Request';
import { asObject } from '../../parts/json';
import { Failure } from '../../parts/Parts';

// For one of the operation's servers; left out, its first.
export function prepareQuery(operationId: string, server?: string) {
  return {
    queryKey: ['catalog', 'prepare', operationId, server],
    queryFn: () =>
      data(
        api.POST('/api/catalog/operations/{operationId}/prepare', {
          params: { path: { operationId } },
          body: server === undefined ? {} : { server },
        }),
      ),
    staleTime: 60_000,
  };
}

// Of a request that was changed by hand, another server changes the address alone.
function atServer(changed: Task, prepared: Task): Task {
  const { url } = asObject(prepared.httpRequest);
  return { ...changed, httpRequest: { ...asObject(changed.httpRequest), ...(url ? { url } : {}) } };
}

interface TryItProps {
  operationId: string;
  server: string | undefined;
}

export function TryIt({ operationId, server }: TryItProps) {
  const { data: prepared, error } = useQuery({
    ...prepareQuery(operationId, server),
    placeholderData: (last) => last,
  });
  const [changed, setChanged] = useState<{ task: Task; server: string | undefined }>();
  if (!prepared) {
    return <Failure error={error} />;
  }
  const fresh = prepared.task as Task;
  const task =
    changed === undefined
      ? fresh
      : changed.server === server
        ? changed.task
        : atServer(changed.task, fresh);
  return (
    <section className="note try" aria-label="Try it">
      <Request
        task={task}
        onChange={(next) => setChanged({ task: next, server })}
        sampleKey={operationId}
        needs={prepared.credentials}
      />
      {prepared.warnings.map((one) => (
        <div key={one} className="soft">
          {one}
        </div>
      ))}
    </section>
  );
}
