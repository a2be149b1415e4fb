import { useEffect, useRef } from 'react';

// `act`, but not a second time before the first is drawn as busy: a mouse that bounces would make
// two of everything.
export function useOnce(isBusy: boolean, act: () => void) {
  const isSent = useRef(false);
  useEffect(() => {
    isSent.current = isBusy;
  });
  return () => {
    if (!isSent.current && !isBusy) {
      isSent.current = true;
      act();
    }
  };
}
