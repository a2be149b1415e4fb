// Says that Tartan does not answer while it does not. When it does again, the page reads anew.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { healthQuery, readAnew, watchAnswers } from './health';

export function NoAnswer() {
  const queries = useQueryClient();
  const { isError, refetch } = useQuery(healthQuery);
  const was = useRef(isError);
  useEffect(() => watchAnswers(queries), [queries]);
  useEffect(() => {
    if (was.current && !isError) {
      void readAnew(queries);
    }
    was.current = isError;
  }, [isError, queries]);
  return (
    <div role="status" className="no-answer">
      {isError ? (
        <div className="note bad spread">
          Tartan does not answer. It is tried again every few seconds.
          <button type="button" className="button" onClick={() => void refetch()}>
            Try again
          </button>
        </div>
      ) : null}
    </div>
  );
}
