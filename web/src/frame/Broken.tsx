// In place of a page that could not be drawn. When a part of it did not come, the document is loaded
// anew as soon as Tartan answers: by then its parts may have other names.
import { useQuery } from '@tanstack/react-query';
import type { ErrorComponentProps } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { Failure } from '../parts/Parts';
import { healthQuery, isUnanswered } from './health';
import { NoAnswer } from './NoAnswer';

const place = 'tartan-loaded-anew';
const againMs = 30_000;

// What didn't help a moment ago is left to the person.
function mayLoadAnew() {
  const [address, at] = (sessionStorage.getItem(place) ?? '').split('\n');
  return address !== window.location.href || Date.now() - Number(at) > againMs;
}

// The guards of unsaved changes are asked as if the window were about to close.
const isUnsaved = () =>
  !window.dispatchEvent(new Event('beforeunload', { bubbles: false, cancelable: true }));

function loadAnew() {
  sessionStorage.setItem(place, `${window.location.href}\n${Date.now()}`);
  window.location.reload();
}

function Missing() {
  const [since] = useState(Date.now);
  const { isError, dataUpdatedAt, refetch } = useQuery(healthQuery);
  const isBack = !isError && dataUpdatedAt >= since;
  useEffect(() => void refetch(), [refetch]);
  useEffect(() => {
    if (isBack && mayLoadAnew() && !isUnsaved()) {
      loadAnew();
    }
  }, [isBack]);
  return isBack ? (
    <div className="note warn spread" role="alert">
      A part of this page could not be loaded.
      <button type="button" className="button" onClick={loadAnew}>
        Load the page anew
      </button>
    </div>
  ) : (
    <p className="soft">The page comes when Tartan answers.</p>
  );
}

export function Broken({ error, reset }: ErrorComponentProps) {
  return (
    <div className="page">
      {isUnanswered(error) ? (
        <Missing />
      ) : (
        <div className="stack">
          <Failure error={error} />
          <div>
            <button type="button" className="button" onClick={reset}>
              Try again
            </button>
          </div>
        </div>
      )}
    </div>
  );
}

// Where there is no frame around it.
export function BrokenAlone(props: ErrorComponentProps) {
  return (
    <>
      <NoAnswer />
      <Broken {...props} />
    </>
  );
}
