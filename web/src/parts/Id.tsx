// An id: whole where there is room, else its two ends, and whole on hover.
import { useNarrow } from './useNarrow';

const endLength = 6;

export function Id({ text, isShort = false }: { text: string; isShort?: boolean }) {
  const cuts = useNarrow() || isShort;
  const shown =
    cuts && text.length > 3 * endLength
      ? `${text.slice(0, endLength)}…${text.slice(-endLength)}`
      : text;
  return (
    <code className="id" title={text}>
      {shown}
    </code>
  );
}
