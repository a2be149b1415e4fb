// Keeps the list of runs up to date by the stream of what happens to any run.
import { useQueryClient, type InfiniteData } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Schemas } from '../../api/client';
import { follow, gather, isFinal } from './follow';
import { readPage, type Filter, type RunStatus } from './runsFilter';

type Page = Schemas['WorkflowPage'];
type Step = { workflowId: string; workflowDefinitionId: string; status: RunStatus; at: string };

// So many pages are read anew at once after the connection was lost.
const againPagesMax = 10;

// The pages with what the steps changed; pages without a change stay the same objects.
function patched(pages: Page[], steps: Map<string, Step>, status?: RunStatus): Page[] {
  return pages.map((page) => {
    if (!page.content.some((row) => steps.has(row.id))) {
      return page;
    }
    const content = page.content.map((row) => {
      const step = steps.get(row.id);
      return step
        ? { ...row, status: step.status, endedTime: isFinal(step.status) ? step.at : null }
        : row;
    });
    return { ...page, content: status ? content.filter((row) => row.status === status) : content };
  });
}

// The pages with a first page that was read anew, or undefined when there is a gap between them.
function joined(pages: Page[], first: Page): Page[] | undefined {
  const fresh = new Set(first.content.map((row) => row.id));
  const known = pages.some((page) => page.content.some((row) => fresh.has(row.id)));
  if (!known && first.next !== null) {
    return undefined;
  }
  const rest = pages.map((page) =>
    page.content.some((row) => fresh.has(row.id))
      ? { ...page, content: page.content.filter((row) => !fresh.has(row.id)) }
      : page,
  );
  const [head = first, ...tail] = rest;
  return [{ ...head, content: [...first.content, ...head.content] }, ...tail];
}

// Keeps the rows and the counts up to date while the page is open. Answers since when the
// connection is lost, while it is.
export function useLive(key: readonly unknown[], filter: Filter) {
  const queries = useQueryClient();
  const [lostAt, setLostAt] = useState<number>();
  const keyText = JSON.stringify(key);
  const filterText = JSON.stringify(filter);

  useEffect(() => {
    const listKey = JSON.parse(keyText) as unknown[];
    const wanted = JSON.parse(filterText) as Filter;
    const { status, definition } = wanted;
    let steps = new Map<string, Step>();
    let lost = false;
    let stopped = false;

    const isBusy = () => queries.isFetching({ queryKey: listKey, exact: true }) > 0;
    const list = () => queries.getQueryData<InfiniteData<Page>>(listKey);

    const bringUp = async () => {
      const before = list();
      // A page that is being read would overwrite what is patched now.
      if (isBusy() || !before) {
        pace.ask();
        return;
      }
      const taken = steps;
      const readFirst = lost;
      steps = new Map();
      lost = false;
      const known = new Set(before.pages.flatMap((page) => page.content.map((row) => row.id)));
      const pages = patched(before.pages, taken, status);
      queries.setQueryData(listKey, { ...before, pages });
      void queries.invalidateQueries({ queryKey: ['workflows', 'counts'] });
      const isNew = [...taken.values()].some(
        (step) =>
          !known.has(step.workflowId) &&
          (!status || step.status === status) &&
          (!definition || step.workflowDefinitionId === definition),
      );
      if (!isNew && !readFirst) {
        return;
      }
      const first = await readPage(wanted, '').catch(() => undefined);
      const now = list();
      if (stopped || !now) {
        return;
      }
      if (!first || isBusy()) {
        lost = true;
        pace.ask();
        return;
      }
      const next = joined(now.pages, first);
      if (next) {
        queries.setQueryData(listKey, { ...now, pages: next });
      } else {
        void queries.resetQueries({ queryKey: listKey, exact: true });
      }
    };
    const pace = gather(() => void bringUp(), 1_000);

    // What happened while the connection was lost is not told again.
    const readAgain = () => {
      const filters = { queryKey: listKey, exact: true };
      void queries.invalidateQueries({ queryKey: ['workflows', 'counts'] });
      if ((list()?.pages.length ?? 0) <= againPagesMax) {
        void queries.invalidateQueries(filters);
      } else {
        void queries.resetQueries(filters);
      }
    };
    let isLost = false;
    const stop = follow('/api/workflows/events', {
      onEvent: (event) => {
        const step = event as Step;
        steps.set(step.workflowId, step);
        pace.ask();
      },
      onOpen: () => {
        if (isLost) {
          isLost = false;
          setLostAt(undefined);
          readAgain();
        }
      },
      onLost: () => {
        if (!isLost) {
          isLost = true;
          setLostAt(Date.now());
        }
      },
    });
    return () => {
      stopped = true;
      pace.forget();
      stop();
    };
  }, [queries, keyText, filterText]);
  return lostAt;
}
