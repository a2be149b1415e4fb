// Whether the window is as narrow as a phone, where rows stand on two lines.
import { useSyncExternalStore } from 'react';

const narrow = window.matchMedia('(max-width: 700px)');

function subscribe(changed: () => void) {
  narrow.addEventListener('change', changed);
  return () => narrow.removeEventListener('change', changed);
}

export const useNarrow = () => useSyncExternalStore(subscribe, () => narrow.matches);
