// What a page tells the frame around it: where it stands below its place, and its keys.
import type { LinkProps } from '@tanstack/react-router';
import { useEffect, useRef, useSyncExternalStore } from 'react';

export interface Crumb {
  text: string;
  link?: LinkProps;
}

export interface PageKey {
  // As it is printed on a keyboard, for example "n" or "Enter".
  key: string;
  does: string;
  // Called when the key is pressed outside of fields. Left out where the page listens itself.
  act?: () => void;
}

// A value that many may set and the frame reads.
function told<T>(none: T) {
  let now = none;
  const listeners = new Set<() => void>();
  return {
    get: () => now,
    set(next: T) {
      now = next;
      listeners.forEach((listener) => listener());
    },
    subscribe: (listener: () => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

const trail = told<Crumb[]>([]);
const keys = told<PageKey[]>([]);

// The steps of the breadcrumb line behind the place, for example plaid.com › POST /item/remove.
export function useTrail(crumbs: Crumb[]) {
  const text = JSON.stringify(crumbs);
  useEffect(() => {
    trail.set(JSON.parse(text) as Crumb[]);
  }, [text]);
  useEffect(() => () => trail.set([]), []);
}

// Keys of the page, for the dialog that `?` opens. More than one part of a page may have some.
export function useKeys(mine: PageKey[]) {
  const latest = useRef(mine);
  useEffect(() => {
    latest.current = mine;
  });
  const text = JSON.stringify(
    mine.map(({ key, does, act }) => ({ key, does, acts: act !== undefined })),
  );
  useEffect(() => {
    const entries = (JSON.parse(text) as (PageKey & { acts: boolean })[]).map(
      ({ key, does, acts }, index): PageKey =>
        acts ? { key, does, act: () => latest.current[index]?.act?.() } : { key, does },
    );
    keys.set([...keys.get(), ...entries]);
    return () => keys.set(keys.get().filter((one) => !entries.some((entry) => entry === one)));
  }, [text]);
}

export const useToldTrail = () => useSyncExternalStore(trail.subscribe, trail.get);
export const useToldKeys = () => useSyncExternalStore(keys.subscribe, keys.get);
export const pageKey = (key: string) => keys.get().find((one) => one.key === key);
