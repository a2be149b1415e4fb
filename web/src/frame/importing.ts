// How far an import is, in the words of the status line; and what it brought is shown when it ends.
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { Schemas } from '../api/client';

type Progress = Schemas['CatalogImport']['progress'];

export const percentOf = ({ bytes, bytesDone }: Progress) =>
  bytes > 0 ? Math.floor((100 * bytesDone) / bytes) : 0;

// The time left as m:ss; empty while it can't be told.
export function leftOf({ leftMs }: Progress) {
  if (leftMs === null) {
    return '';
  }
  const seconds = Math.ceil(leftMs / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

export function useFreshCatalogue(imports: Schemas['CatalogImportList'] | undefined) {
  const queries = useQueryClient();
  const ended = imports && (imports.content.find((one) => one.endedOn)?.id ?? 'none');
  const was = useRef(ended);
  useEffect(() => {
    if (was.current !== undefined && ended !== was.current) {
      void queries.invalidateQueries({ queryKey: ['catalog'] });
    }
    was.current = ended;
  }, [ended, queries]);
}
