// After a step to another page, keyboard and screen reader go on at its heading. A heading that
// comes later, with the page's data, gets the focus unless the person has moved it meanwhile.
import { useRouterState } from '@tanstack/react-router';
import { useEffect, useRef, type RefObject } from 'react';

export function useHeadingFocus(main: RefObject<HTMLElement | null>) {
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname });
  const before = useRef(path);

  useEffect(() => {
    const place = main.current;
    const isFirst = before.current === undefined;
    if (before.current === path || !place) {
      return undefined;
    }
    before.current = path;
    // A field that the page has chosen itself keeps the focus, and so do a dialog and a list in which
    // one goes from one thing to the next.
    const kept = 'input, textarea, [role="dialog"] *, [data-keeps-focus]';
    if (isFirst || document.activeElement?.matches(kept)) {
      return undefined;
    }
    const reach = () => {
      const heading = place.querySelector('h1');
      if (heading) {
        heading.tabIndex = -1;
      }
      (heading ?? place).focus({ preventScroll: true });
    };
    reach();
    // The heading may come with the page's data, or be another one then.
    const observer = new MutationObserver(() => {
      const { activeElement } = document;
      const isLost = activeElement === document.body || activeElement === place;
      if (isLost && place.querySelector('h1')) {
        reach();
      }
    });
    const stop = () => observer.disconnect();
    observer.observe(place, { childList: true, subtree: true });
    window.addEventListener('keydown', stop, { once: true });
    window.addEventListener('pointerdown', stop, { once: true });
    return () => {
      stop();
      window.removeEventListener('keydown', stop);
      window.removeEventListener('pointerdown', stop);
    };
  }, [path, main]);
}
