// Fields whose text can't be read as the value it stands for. What they belong to would be done with
// the value before: so it waits until they are mended.
import { createContext, useCallback, useContext, useEffect, useId, useMemo, useState } from 'react';

type Tell = (field: string, isUnread: boolean) => void;
export const UnreadFields = createContext<Tell>(() => undefined);

// By a field: whether its text can't be read.
export function useTellUnread(isUnread: boolean) {
  const tell = useContext(UnreadFields);
  const field = useId();
  useEffect(() => {
    tell(field, isUnread);
    return () => tell(field, false);
  }, [tell, field, isUnread]);
}

// By what holds fields, which are in <UnreadFields value={tell}>: whether one of them can't be read.
// Who holds this in turn is told, too.
export function useUnread(): [boolean, Tell] {
  const outer = useContext(UnreadFields);
  const [fields, setFields] = useState<readonly string[]>([]);
  const tell: Tell = useCallback(
    (field, isUnread) => {
      outer(field, isUnread);
      setFields((known) => {
        const others = known.filter((one) => one !== field);
        return isUnread ? [...others, field] : others.length === known.length ? known : others;
      });
    },
    [outer],
  );
  return useMemo(() => [fields.length > 0, tell], [fields, tell]);
}
