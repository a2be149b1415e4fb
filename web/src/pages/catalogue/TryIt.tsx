// The prepared request of an operation, to be changed and sent at once.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, data } from '../../api/client';
import { Request, type Task } from '../../http-task/Request';
import { Failure } from '../../parts/Parts';

export function prepareQuery(operationId: string) {
  return {
    queryKey: ['catalog', 'prepare', operationId],
    queryFn: () =>
      data(
        api.POST('/api/catalog/operations/{operationId}/prepare', {
          params: { path: { operationId } },
          body: {},
        }),
      ),
    staleTime: 60_000,
  };
}

export function TryIt({ operationId }: { operationId: string }) {
  const prepared = useQuery(prepareQuery(operationId));
  const [changed, setChanged] = useState<Task>();
  if (!prepared.data) {
    return <Failure error={prepared.error} />;
  }
  return (
    <section className="note try" aria-label="Try it">
      <Request
        task={changed ?? (prepared.data.task as Task)}
        onChange={setChanged}
        sampleKey={operationId}
        needs={prepared.data.credentials}
      />
      {prepared.data.warnings.map((one) => (
        <div key={one} className="soft">
          {one}
        </div>
      ))}
    </section>
  );
}
