// What else can be done with a saved workflow.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Ellipsis } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { useState } from 'react';
import { api, data } from '../../api/client';
import { FormDialog } from '../../parts/FormDialog';
import { asObject, asText, shownText } from '../../parts/json';
import { useOnce } from '../../parts/useOnce';
import type { Definition } from './definition';
import { dropDrafts } from './draft';

interface MoreProps {
  definitionId: string;
  definition: Definition;
  // As it is in the editor.
  text: string;
  onError: (error: unknown) => void;
}

// A definition's name has room for so many characters.
const nameMax = 80;
const copySign = ' (copy)';
const copyName = (name: string) =>
  [...name].slice(0, nameMax - copySign.length).join('') + copySign;

function download(name: string, text: string) {
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = Object.assign(document.createElement('a'), { href: address, download: name });
  link.click();
  URL.revokeObjectURL(address);
}

export function More({ definitionId, definition, text, onError }: MoreProps) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [isDeleting, setDeleting] = useState(false);
  const name = asText(definition.name) || 'workflow';
  const path = { params: { path: { definitionId } } };
  const saved = useQuery({
    queryKey: ['definition state', definitionId],
    queryFn: () => data(api.GET('/api/workflow-definitions/{definitionId}', path)),
  });
  const isDisabled = asObject(saved.data as never).disabled === true;
  const changed = () => {
    void queries.invalidateQueries({ queryKey: ['definition state', definitionId] });
    void queries.invalidateQueries({ queryKey: ['definitions'] });
  };
  const toggle = useMutation({
    mutationFn: async () => {
      await (isDisabled
        ? api.POST('/api/workflow-definitions/{definitionId}/enable', path)
        : api.POST('/api/workflow-definitions/{definitionId}/disable', path));
    },
    onMutate: () => onError(undefined),
    onError,
    onSuccess: changed,
  });
  const duplicate = useMutation({
    mutationFn: () =>
      data(
        api.POST('/api/workflow-definitions', {
          body: { ...definition, name: copyName(name) },
        }),
      ),
    onMutate: () => onError(undefined),
    onError,
    onSuccess: (id) => {
      changed();
      // What is not saved here is in the copy, and kept as a draft.
      return navigate({
        to: '/workflows/$definitionId',
        params: { definitionId: shownText(id) },
        ignoreBlocker: true,
      });
    },
  });
  const duplicateOnce = useOnce(duplicate.isPending, () => duplicate.mutate());
  return (
    <>
      {isDisabled ? (
        <span className="status warn">
          <span title="No run can be started">disabled</span>
        </span>
      ) : null}

      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger className="button icon" aria-label="More" title="More">
          <Ellipsis size={16} aria-hidden />
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content className="menu" align="end" sideOffset={4}>
            <DropdownMenu.Item asChild>
              <Link to="/runs" search={{ definition: definitionId }}>
                Runs of this workflow
              </Link>
            </DropdownMenu.Item>
            <DropdownMenu.Item onSelect={() => download(`${name}.json`, text)}>
              Download as JSON
            </DropdownMenu.Item>
            <DropdownMenu.Item onSelect={duplicateOnce}>Duplicate</DropdownMenu.Item>
            <DropdownMenu.Item onSelect={() => toggle.mutate()}>
              {isDisabled ? 'Enable: runs can be started' : 'Disable: no run can be started'}
            </DropdownMenu.Item>
            <DropdownMenu.Item className="bad-text" onSelect={() => setDeleting(true)}>
              Delete…
            </DropdownMenu.Item>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      {isDeleting ? (
        <DeleteWorkflow
          definitionId={definitionId}
          name={name}
          onClose={() => setDeleting(false)}
        />
      ) : null}
    </>
  );
}

interface DeleteProps {
  definitionId: string;
  name: string;
  onClose: () => void;
}

function DeleteWorkflow({ definitionId, name, onClose }: DeleteProps) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: async () => {
      await api.DELETE('/api/workflow-definitions/{definitionId}', {
        params: { path: { definitionId } },
      });
    },
    onSuccess: async () => {
      dropDrafts(definitionId);
      await navigate({ to: '/workflows', ignoreBlocker: true });
      await queries.invalidateQueries({ queryKey: ['definitions'] });
    },
  });
  return (
    <FormDialog
      title={`Delete ${name}`}
      what="No run can be started any more, and its versions are not listed. Its runs stay, and those under way go on to their end."
      verb="Delete workflow"
      isDanger
      isBusy={remove.isPending}
      error={remove.error}
      onSubmit={() => remove.mutate()}
      onClose={onClose}
    />
  );
}
