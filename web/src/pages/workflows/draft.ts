// What was changed and not saved outlives the page: a reload, a session that ended, a crash. Kept in
// this browser until it is saved or dropped.
import { useEffect, useRef, useState } from 'react';
import { parseJson } from '../../parts/json';
import { isDefinition } from './definition';
import { type State } from './history';

interface Kept {
  // The version that was changed.
  etag: string;
  text: string;
  // The JSON as it was typed, and why it is no definition yet.
  typed?: string | undefined;
  wrong?: string | undefined;
}
export interface Draft {
  etag: string;
  state: State;
}

const place = (definitionId: string) => `tartan-draft ${definitionId}`;
// Of a version that is not the newest any more, until somebody decides.
const olderPlace = (definitionId: string) => `tartan-older-draft ${definitionId}`;

function read(at: string): Draft | undefined {
  try {
    const { etag, text, typed, wrong } = JSON.parse(localStorage.getItem(at)!) as Kept;
    const definition = parseJson(text);
    return isDefinition(definition)
      ? {
          etag,
          state: {
            definition,
            ...(typed === undefined ? {} : { typed }),
            ...(wrong === undefined ? {} : { wrong }),
          },
        }
      : undefined;
  } catch {
    return undefined;
  }
}

export function dropDrafts(definitionId: string) {
  localStorage.removeItem(place(definitionId));
  localStorage.removeItem(olderPlace(definitionId));
}

// What was kept when the page opened: of this version, and of an older one.
function opened(definitionId: string, etag: string) {
  const draft = read(place(definitionId));
  if (draft && draft.etag !== etag) {
    localStorage.setItem(olderPlace(definitionId), localStorage.getItem(place(definitionId))!);
    localStorage.removeItem(place(definitionId));
  }
  return {
    own: draft?.etag === etag ? draft : undefined,
    older: read(olderPlace(definitionId)),
  };
}

export function useDrafts(definitionId: string, etag: string) {
  const [{ own, older }, set] = useState(() => opened(definitionId, etag));
  return {
    own,
    older,
    forgetOwn: () => set({ own: undefined, older }),
    forgetOlder: () => {
      localStorage.removeItem(olderPlace(definitionId));
      set({ own, older: undefined });
    },
  };
}

// Keeps what is not saved. Answers whether it is kept: a browser has room for so much only.
export function useKeepDraft(
  definitionId: string,
  etag: string,
  text: string,
  { typed, wrong }: State,
  isChanged: boolean,
): boolean {
  const [isKept, setKept] = useState(true);
  // What this window wrote: another window's is not to be dropped.
  const written = useRef<string | null>(null);
  useEffect(() => {
    const at = place(definitionId);
    try {
      if (isChanged) {
        const kept: Kept = { etag, text, ...(wrong === undefined ? {} : { typed, wrong }) };
        written.current = JSON.stringify(kept);
        localStorage.setItem(at, written.current);
      } else if (written.current !== null && localStorage.getItem(at) === written.current) {
        localStorage.removeItem(at);
      }
      setKept(true);
    } catch {
      setKept(false);
    }
  }, [definitionId, etag, text, typed, wrong, isChanged]);
  return isKept;
}
