// The steps of one edited definition for a page.
import { useCallback, useState } from 'react';
import type { Definition } from './definition';
import { begin, edit, redo, restore, type, undo, type State } from './history';

export function useSteps(initial: Definition) {
  const [steps, setSteps] = useState(() => begin(initial));
  return {
    now: steps.now,
    edit: useCallback((definition: Definition, key = '') => {
      const at = performance.now();
      setSteps((last) => edit(last, definition, key, at));
    }, []),
    type: useCallback((text: string) => {
      const at = performance.now();
      setSteps((last) => type(last, text, at));
    }, []),
    restore: useCallback((state: State) => setSteps((last) => restore(last, state)), []),
    undo: steps.past.length > 0 ? () => setSteps(undo) : undefined,
    redo: steps.future.length > 0 ? () => setSteps(redo) : undefined,
  };
}
