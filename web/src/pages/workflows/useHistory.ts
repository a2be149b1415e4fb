// The values that a person went through, for undo and redo. What follows fast is one step.
import { useCallback, useState } from 'react';

const oneStepMs = 800;
const stepsMax = 200;

interface Steps<T> {
  past: T[];
  now: T;
  future: T[];
  at: number;
}

export function useHistory<T>(initial: T) {
  const [steps, setSteps] = useState<Steps<T>>({ past: [], now: initial, future: [], at: 0 });
  const set = useCallback((now: T) => {
    const at = performance.now();
    setSteps((last) => ({
      past: at - last.at < oneStepMs && last.past.length > 0 ? last.past : [...last.past, last.now].slice(-stepsMax),
      now,
      future: [],
      at,
    }));
  }, []);
  const undo = () => {
    const to = steps.past.at(-1);
    if (to !== undefined) {
      setSteps({ past: steps.past.slice(0, -1), now: to, future: [steps.now, ...steps.future], at: 0 });
    }
    return to;
  };
  const redo = () => {
    const [to, ...future] = steps.future;
    if (to !== undefined) {
      setSteps({ past: [...steps.past, steps.now], now: to, future, at: 0 });
    }
    return to;
  };
  return { now: steps.now, set, undo, redo, canUndo: steps.past.length > 0, canRedo: steps.future.length > 0 };
}
