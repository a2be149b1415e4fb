import { useEffect, useRef } from 'react';

// For the last element of a list that is read a part at a time: `readMore` is called when it comes
// into view, unless there is nothing more to read.
export function useEnd(readMore: (() => void) | undefined) {
  const end = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (!end.current || !readMore) {
      return undefined;
    }
    const watcher = new IntersectionObserver((seen) => {
      if (seen.some((one) => one.isIntersecting)) {
        readMore();
      }
    });
    watcher.observe(end.current);
    return () => watcher.disconnect();
  }, [readMore]);
  return end;
}
