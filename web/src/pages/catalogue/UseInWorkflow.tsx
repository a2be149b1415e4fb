// Makes a workflow of the operation, or adds a task of it to one.
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { DropdownMenu } from 'radix-ui';
import { useState } from 'react';
import { api, data, type Schemas } from '../../api/client';
import { Failure } from '../../parts/Parts';
import { prepareQuery } from './TryIt';

interface UseInWorkflowProps {
  operation: Schemas['CatalogOperation'];
  server: string | undefined;
}

export function UseInWorkflow({ operation, server }: UseInWorkflowProps) {
  const navigate = useNavigate();
  const [isOpen, setOpen] = useState(false);
  const definitions = useQuery({
    queryKey: ['definitions', 'recent'],
    queryFn: () => data(api.GET('/api/workflow-definitions', { params: { query: { size: 10 } } })),
    enabled: isOpen,
  });
  const make = useMutation({
    mutationFn: async () => {
      const { name, task } = await prepareQuery(operation.id, server).queryFn();
      const id = await data(
        api.POST('/api/workflow-definitions', {
          body: {
            name,
            startTask: name,
            tasks: { [name]: task },
          },
        }),
      );
      return { definitionId: String(id), task: name };
    },
    // The task is open: its request is tested next.
    onSuccess: ({ definitionId, task }) =>
      navigate({ to: '/workflows/$definitionId', params: { definitionId }, search: { task } }),
  });
  return (
    <>
      <Failure error={make.error ?? definitions.error} />
      <DropdownMenu.Root open={isOpen} onOpenChange={setOpen} modal={false}>
        <DropdownMenu.Trigger id="use-in-workflow" className="button primary">
          Use in a workflow
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content className="menu" align="end" sideOffset={4}>
            <DropdownMenu.Item onSelect={() => make.mutate()}>New workflow</DropdownMenu.Item>
            {definitions.data?.content.map((one) => (
              <DropdownMenu.Item
                key={one.id}
                onSelect={() =>
                  void navigate({
                    to: '/workflows/$definitionId',
                    params: { definitionId: one.id },
                    search: { operation: operation.id, ...(server ? { server } : {}) },
                  })
                }
              >
                Add to “{one.name}”
              </DropdownMenu.Item>
            ))}
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
    </>
  );
}
