import { useEffect, useState } from 'react';

// `value` as it was when it last stayed the same for `ms`: by default as long as somebody who types
// needs for the next word.
export function useSettled<T>(value: T, ms = 250): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
