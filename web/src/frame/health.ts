// Whether Tartan answers: asked now and then, every few seconds while it does not, and at once when
// something else had no answer.
import { queryOptions, type QueryClient } from '@tanstack/react-query';
import { Problem } from '../api/client';

const whenWellMs = 15_000;
const whenNotMs = 3_000;
const patienceMs = 5_000;

export const healthQuery = queryOptions({
  queryKey: ['health'],
  queryFn: async () => {
    const answer = await fetch('/healthz', {
      cache: 'no-store',
      signal: AbortSignal.timeout(patienceMs),
    }).catch(() => undefined);
    if (!answer?.ok) {
      throw new Error('Tartan does not answer.');
    }
    return true;
  },
  retry: false,
  refetchInterval: ({ state }) => (state.status === 'error' ? whenNotMs : whenWellMs),
});

// Scripts and styles of a page that did not come: nothing answers, or a newer Tartan does, whose
// files have other names.
const notLoaded = new WeakSet<Error>();
window.addEventListener('vite:preloadError', ({ payload }) => {
  notLoaded.add(payload);
  // By the browser's own words the router would know it, and load the document anew at once, from a
  // server that may be down.
  payload.message = 'A part of this page could not be loaded.';
});

const hadNoAnswer = (error: unknown) => error instanceof Problem && error.status === 0;

export function isUnanswered(error: unknown) {
  return hadNoAnswer(error) || (error instanceof Error && notLoaded.has(error));
}

const askAgain = (queries: QueryClient) =>
  queries.refetchQueries({ queryKey: healthQuery.queryKey }, { cancelRefetch: false });

// Asks when a request or a part of a page had no answer. Answers how to stop.
export function watchAnswers(queries: QueryClient) {
  const ask = () => void askAgain(queries);
  const ofQueries = queries.getQueryCache().subscribe((event) => {
    if (
      event.type === 'updated' &&
      (event.action.type === 'failed' || event.action.type === 'error') &&
      hadNoAnswer(event.action.error)
    ) {
      ask();
    }
  });
  const ofMutations = queries.getMutationCache().subscribe((event) => {
    if (
      event.type === 'updated' &&
      event.action.type === 'error' &&
      hadNoAnswer(event.action.error)
    ) {
      ask();
    }
  });
  window.addEventListener('vite:preloadError', ask);
  return () => {
    ofQueries();
    ofMutations();
    window.removeEventListener('vite:preloadError', ask);
  };
}

// What stood on the pages when nothing answered is old.
export const readAnew = (queries: QueryClient) =>
  queries.invalidateQueries({
    predicate: ({ queryKey }) => queryKey[0] !== healthQuery.queryKey[0],
  });
