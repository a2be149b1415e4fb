// The queries with known answers, what is typed on the way to them, and what is measured on both.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { repositoryRoot } from '../side-by-side/servers.mjs';

const readCases = (name) =>
  parse(readFileSync(path.join(repositoryRoot, 'tests', 'cases', 'catalog', name), 'utf8'));

// [{query, kind, expect: ["METHOD api path"]}] by set.
export const sets = {
  'queries.yaml': readCases('queries.yaml'),
  'queries-holdout.yaml': readCases('queries-holdout.yaml'),
  'queries-blind.yaml': readCases('queries-blind.yaml'),
};

const letters = [...'abcdefghijklmnopqrstuvwxyz'];

// As a search box asks: after each letter of each query. Plus each letter alone.
export const typed = [
  ...letters,
  ...sets['queries.yaml'].flatMap(({ query }) => {
    const characters = [...query];
    return characters.map((_, end) => characters.slice(0, end + 1).join(''));
  }),
];

export const rankDepth = 10;

// {kind: mean reciprocal rank at 10}, `all` among the kinds. `find` gives a query's answers, best
// first, as "METHOD api path".
export async function quality(cases, find) {
  const reciprocals = { all: [] };
  for (const { query, kind, expect } of cases) {
    const answers = (await find(query)).slice(0, rankDepth);
    const rank = answers.findIndex((answer) => expect.includes(answer)) + 1;
    const reciprocal = rank === 0 ? 0 : 1 / rank;
    reciprocals.all.push(reciprocal);
    (reciprocals[kind] ??= []).push(reciprocal);
  }
  const mean = (list) => list.reduce((sum, one) => sum + one, 0) / list.length;
  return Object.fromEntries(Object.entries(reciprocals).map(([kind, list]) => [kind, mean(list)]));
}

// {count, p50Ms, p99Ms, worstMs, worst} of [{ms, what}].
export function latency(samples) {
  const sorted = [...samples].sort((a, b) => a.ms - b.ms);
  const at = (share) => sorted[Math.floor(share * (sorted.length - 1))].ms;
  const { ms: worstMs, what: worst } = sorted.at(-1);
  return { count: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), worstMs, worst };
}

// The same order for the same seed, so that runs compare.
export function shuffled(list, seed = 1) {
  const result = [...list];
  let state = Math.imul(seed, 0x2545f491) >>> 0;
  for (let i = result.length - 1; i > 0; i -= 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const j = Math.floor((state / 2 ** 32) * (i + 1));
    [result[i], result[j]] = [result[j], result[i]];
  }
  return result;
}
