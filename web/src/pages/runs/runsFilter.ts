// Which runs are listed; part of the address.
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { api, data, type Schemas } from '../../api/client';

export type RunStatus = Schemas['WorkflowRow']['status'];

export const statuses: RunStatus[] = [
  'Running',
  'Scheduled',
  'Paused',
  'Failed',
  'TimedOut',
  'Terminated',
  'Completed',
];

export const periods = { hour: 3_600_000, day: 86_400_000, week: 604_800_000 };
export type Period = keyof typeof periods;

export interface Filter {
  status?: RunStatus;
  definition?: string;
  number?: number;
  // The last hour, day or week; or from one instant to another.
  since?: Period;
  after?: string;
  before?: string;
}

const pageSize = 500;

// Whether it asks for more than status and definition, by which the server counts.
export function isWithin({ number, since, after, before }: Filter) {
  return [number, since, after, before].some((one) => one !== undefined);
}

function instantOf(value: unknown) {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? value : undefined;
}

export function useFilter(): [Filter, (filter: Filter) => void] {
  const search = useSearch({ from: '/inside/runs' });
  const navigate = useNavigate();
  const filter = useMemo((): Filter => {
    const status = statuses.find((one) => one === search.status);
    const since = Object.keys(periods).find((one) => one === search.since) as Period | undefined;
    const number = Number(search.number);
    const after = instantOf(search.after);
    const before = instantOf(search.before);
    return {
      ...(status ? { status } : {}),
      ...(search.definition ? { definition: search.definition } : {}),
      ...(Number.isInteger(number) && number > 0 ? { number } : {}),
      ...(since ? { since } : {}),
      ...(after ? { after } : {}),
      ...(before ? { before } : {}),
    };
  }, [search]);
  return [filter, (next) => void navigate({ to: '/runs', replace: true, search: next })];
}

export function readPage(filter: Filter, next: string) {
  const { status, definition, number, since, after, before } = filter;
  const from = since ? new Date(Date.now() - periods[since]).toISOString() : after;
  return data(
    api.GET('/api/workflows', {
      params: {
        query: {
          size: pageSize,
          ...(status ? { status } : {}),
          ...(definition ? { workflowDefinitionId: definition } : {}),
          ...(number ? { sequenceNumber: number } : {}),
          ...(from ? { startedAfter: from } : {}),
          ...(before ? { startedBefore: before } : {}),
          ...(next ? { next } : {}),
        },
      },
    }),
  );
}
