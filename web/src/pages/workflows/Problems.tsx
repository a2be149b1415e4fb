// What the server has against the definition. A click leads to the task.
import { useState } from 'react';
import type { Schemas } from '../../api/client';

const shownMax = 2;

export function Problems({
  problems,
  onOpen,
}: {
  problems: Schemas['Problem'][];
  onOpen: (pointer: string) => void;
}) {
  const [showsAll, setShowsAll] = useState(false);
  const shown = showsAll ? problems : problems.slice(0, shownMax);
  return (
    <>
      {shown.map((one) => (
        <button
          key={`${one.pointer} ${one.message}`}
          type="button"
          className="note bad problem"
          onClick={() => onOpen(one.pointer)}
        >
          <code>{one.pointer || '/'}</code> {one.message}
          {one.hint ? <div>{one.hint}</div> : null}
        </button>
      ))}
      {problems.length > shownMax ? (
        <div>
          <button type="button" className="button" onClick={() => setShowsAll(!showsAll)}>
            {showsAll ? 'Show fewer problems' : `Show all ${problems.length} problems`}
          </button>
        </div>
      ) : null}
    </>
  );
}
