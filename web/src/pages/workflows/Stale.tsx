// Somebody else saved the workflow while it was edited here: nothing is lost, one chooses.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Definition } from './definition';
import { Comparison, load } from './Versions';

interface StaleProps {
  definitionId: string;
  // The version that was changed here.
  base: string;
  // What is in the editor.
  now: string;
  onSave: () => void;
  onRestore: (theirs: Definition) => void;
  onDrop: () => void;
}

export function Stale({ definitionId, base, now, onSave, onRestore, onDrop }: StaleProps) {
  const [isComparing, setComparing] = useState(false);
  const latest = useQuery({
    queryKey: ['latest version', definitionId],
    queryFn: async () => Number(/\d+/.exec((await load(definitionId)).etag)?.[0]),
    staleTime: 0,
  });
  const version = latest.data;
  return (
    <div className="note warn stack" role="alert">
      <div>
        Somebody saved another version of this workflow meanwhile. Nothing of yours is lost, and
        nothing of theirs was overwritten.
      </div>
      <div className="row" style={{ flexWrap: 'wrap' }}>
        <button
          type="button"
          className="button"
          disabled={version === undefined}
          onClick={() => setComparing(true)}
        >
          See what they changed
        </button>
        <button type="button" className="button" onClick={onSave}>
          Save mine as the newest version
        </button>
        <button type="button" className="button" onClick={onDrop}>
          Drop mine and load theirs
        </button>
      </div>
      {isComparing && version !== undefined ? (
        <Comparison
          definitionId={definitionId}
          version={version}
          versions={[version, Number(/\d+/.exec(base)?.[0])]}
          beside={Number(/\d+/.exec(base)?.[0])}
          now={now}
          onClose={() => setComparing(false)}
          onRestore={(theirs) => {
            setComparing(false);
            onRestore(theirs);
          }}
        />
      ) : null}
    </div>
  );
}
