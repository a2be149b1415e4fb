// The arrow keys go along a list: from within it, and from the heading, where one is after a step to
// another page.
import { useEffect, useRef, type RefObject } from 'react';

const ways: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };

export function useListKeys(
  list: RefObject<HTMLElement | null>,
  step: ((by: number) => void) | undefined,
) {
  const latest = useRef(step);
  useEffect(() => {
    latest.current = step;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const by = ways[event.key];
      const at = document.activeElement;
      const isHere = list.current?.contains(at) || at?.matches('body, main, h1');
      const go = latest.current;
      const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey;
      if (go && by !== undefined && isHere && isPlain && !event.defaultPrevented) {
        event.preventDefault();
        go(by);
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [list]);
}
