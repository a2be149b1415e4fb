// What was changed and not saved outlives the page: a reload, a session that ended, a crash. Kept in
// this browser until it is saved or dropped.
import { useEffect } from 'react';
import { parseJson } from '../../parts/json';
import { isDefinition, type Definition } from './definition';

interface Draft {
  // The version that was changed.
  etag: string;
  text: string;
}

const placeOf = (definitionId: string) => `tartan-draft ${definitionId}`;

export const dropDraft = (definitionId: string) => localStorage.removeItem(placeOf(definitionId));

export function keptDraft(definitionId: string): { etag: string; definition: Definition } | null {
  try {
    const { etag, text } = JSON.parse(localStorage.getItem(placeOf(definitionId))!) as Draft;
    const definition = parseJson(text);
    return isDefinition(definition) ? { etag, definition } : null;
  } catch {
    return null;
  }
}

interface Kept {
  definitionId: string;
  etag: string;
  text: string;
  isChanged: boolean;
  // An older draft is not decided on yet.
  isHeld: boolean;
}

export function useKeepDraft({ definitionId, etag, text, isChanged, isHeld }: Kept) {
  useEffect(() => {
    if (isChanged) {
      try {
        localStorage.setItem(placeOf(definitionId), JSON.stringify({ etag, text }));
      } catch {
        // Larger than the browser keeps: the guard against leaving still holds.
      }
    } else if (!isHeld) {
      dropDraft(definitionId);
    }
  }, [definitionId, etag, text, isChanged, isHeld]);
}
