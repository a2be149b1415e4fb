// Saves the edited definition as the newest version, unless somebody else saved one meanwhile.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { api, data, Problem } from '../../api/client';
import { printJson, shownText } from '../../parts/json';
import { useOnce } from '../../parts/useOnce';
import type { Definition } from './definition';
import { dropDrafts } from './draft';

// The version that the editor's definition was made of.
export function useSaved(initial: Definition, etag: string) {
  return useState(() => ({ text: printJson(initial), etag }));
}

interface SaveOptions {
  definitionId: string;
  definition: Definition;
  // The definition as text.
  current: string;
  saved: ReturnType<typeof useSaved>;
  onSaved: () => void;
}

const has = (error: unknown, status: number) => error instanceof Problem && error.status === status;

export function useSave({ definitionId, definition, current, saved, onSaved }: SaveOptions) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [{ etag }, setSaved] = saved;
  const save = useMutation({
    mutationFn: async ({ anyway }: { anyway: boolean }) => {
      const { response } = await api.PUT('/api/workflow-definitions/{definitionId}', {
        params: { path: { definitionId }, header: anyway ? {} : { 'If-Match': etag } },
        body: definition,
      });
      return { etag: response.headers.get('etag') ?? '', text: current, definition };
    },
    onSuccess: (kept) => {
      setSaved({ text: kept.text, etag: kept.etag });
      onSaved();
      // By which the line above the page is named.
      queries.setQueryData(['definition', definitionId], (known: object) => ({
        ...known,
        definition: kept.definition,
      }));
      void queries.invalidateQueries({ queryKey: ['definitions'] });
    },
  });
  const asNew = useMutation({
    mutationFn: () => data(api.POST('/api/workflow-definitions', { body: definition })),
    onSuccess: (id) => {
      dropDrafts(definitionId);
      return navigate({
        to: '/workflows/$definitionId',
        params: { definitionId: shownText(id) },
        ignoreBlocker: true,
      });
    },
  });
  const isStale = has(save.error, 412);
  const isGone = has(save.error, 404);

  // What was wrong with the last save may be mended meanwhile.
  const { reset } = save;
  const isRefused = save.isError && !isStale;
  useEffect(() => {
    if (isRefused) {
      reset();
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [current, reset]);

  return {
    isPending: save.isPending,
    isStale,
    isGone,
    error: isGone ? asNew.error : save.error,
    once: useOnce(save.isPending, () => save.mutate({ anyway: false })),
    andThen: (then: () => void) => save.mutate({ anyway: false }, { onSuccess: then }),
    anyway: () => save.mutate({ anyway: true }),
    asNew: () => asNew.mutate(),
  };
}
