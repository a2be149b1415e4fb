// What expressions can read while a definition is edited: the workflow's input from the last run or
// as it was typed, and of each task what a test was answered or what the last run gave.
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { api } from '../../api/client';
import { sampleKeyOf, samplePlace } from '../../http-task/answers';
import type { Readable } from '../../parts/ExpressionField';
import { asList, asObject, parseJson, type Json, type JsonObject } from '../../parts/json';
import {
  branchesOf,
  branchOf,
  parallelOf,
  placeOf,
  routesIn,
  scopeAt,
  split,
  taskAt,
  tasksOf,
  type Definition,
  type Located,
} from './definition';

const inputPlace = (definitionId: string) => `tartan-input ${definitionId}`;
const outputsPlace = (definitionId: string) => `tartan-outputs ${definitionId}`;
// What a browser keeps for a page is 5 MB for everything.
const keptCharactersMax = 500_000;

function kept(place: string): JsonObject {
  try {
    return asObject(parseJson(localStorage.getItem(place) ?? '{}'));
  } catch {
    return {};
  }
}

// Whether it could be kept: it can be too large.
function keep(place: string, value: JsonObject): boolean {
  const text = JSON.stringify(value);
  try {
    if (text.length <= keptCharactersMax) {
      localStorage.setItem(place, text);
      return true;
    }
  } catch {
    // The browser's own limit.
  }
  return false;
}

export const rememberedInput = (definitionId: string) => kept(inputPlace(definitionId));
export const rememberInput = (definitionId: string, input: JsonObject) =>
  keep(inputPlace(definitionId), input);

interface LastRun {
  input: JsonObject;
  // By task: {input, output, status}.
  tasks: JsonObject;
}

async function lastRun(definitionId: string, signal: AbortSignal): Promise<LastRun | null> {
  const { data: page } = await api.GET('/api/workflows', {
    params: { query: { workflowDefinitionId: definitionId, size: 1 } },
    signal,
  });
  const workflowId = page?.content[0]?.id;
  if (workflowId === undefined) {
    return null;
  }
  const path = { params: { path: { workflowId } }, parseAs: 'text' as const, signal };
  const [run, history] = await Promise.all([
    api.GET('/api/workflows/{workflowId}', path),
    api.GET('/api/workflows/{workflowId}/history', path),
  ]);
  const { input } = asObject(parseJson(run.data as unknown as string));
  const tasks: { [name: string]: JsonObject } = {};
  const { transitions } = asObject(parseJson(history.data as unknown as string));
  for (const transition of asList(transitions).map(asObject)) {
    const name = transition.taskName;
    if (typeof name === 'string') {
      const { input: given, output } = transition;
      tasks[name] = {
        ...tasks[name],
        ...(given === undefined ? {} : { input: given }),
        ...(output === undefined ? {} : { output, status: 'Completed' }),
      };
    }
  }
  // What a run itself adds is read by other names.
  const own = Object.entries(asObject(input)).filter(([name]) => !name.startsWith('swf:'));
  return { input: Object.fromEntries(own), tasks };
}

// The fields that every task of a type has, for names to complete before anything ran.
function outline(task: JsonObject): JsonObject {
  const answer = { status: 200, headers: {}, body: null, url: '', redirects: 0, timings: {} };
  const output: Json =
    task.type === 'Http' ? answer : task.type === 'Decision' ? { choice: 0, nextTask: '' } : {};
  return { input: asObject(task.inputParameters), output, status: '' };
}

const ofRun: JsonObject = {
  'swf:workflowId': '',
  'swf:sequenceNumber': 0,
  'swf:workflowDefinitionId': '',
  'swf:workflowDefinitionVersion': 0,
};

export interface Samples {
  // For texts with placeholders of the whole definition, and of a task: what can have run before it,
  // the nearest first.
  readable: Readable;
  ofTask: (place: string) => Readable;
  // For the conditions of a Decision.
  ofCondition: (place: string) => Readable;
  input: JsonObject;
  outputs: JsonObject;
  setInput: (input: JsonObject) => void;
  // Says whether it is remembered for the next time.
  keepOutput: (name: string, output: Json) => boolean;
  forgetOutput: (name: string) => void;
  rename: (from: string, to: string) => void;
  // Of a task that is gone.
  forget: (name: string) => void;
}

export function useSamples(definitionId: string, definition: Definition): Samples {
  const [typed, setTyped] = useState(() => kept(inputPlace(definitionId)));
  const [outputs, setOutputs] = useState(() => kept(outputsPlace(definitionId)));
  const last = useQuery({
    queryKey: ['last run', definitionId],
    queryFn: ({ signal }) => lastRun(definitionId, signal),
    structuralSharing: false,
    staleTime: 30_000,
  });
  const run = last.data ?? undefined;
  const input = Object.keys(typed).length > 0 ? typed : (run?.input ?? typed);
  const tasks = definition.tasks;
  const located = useMemo(() => tasksOf(definition), [tasks]); // eslint-disable-line react-hooks/exhaustive-deps

  return useMemo(() => {
    const workflow = { input, id: '', sequenceNumber: 1 };
    const variables = asObject(definition.variables);
    const values: JsonObject = { workflow, variables };
    const names: JsonObject = { workflow, variables };
    for (const { name, task } of located) {
      const ran = asObject(run?.tasks[name]);
      const known = Object.hasOwn(outputs, name)
        ? { ...ran, output: outputs[name]!, status: 'Completed' }
        : ran;
      if (Object.keys(known).length > 0) {
        values[name] = known;
      }
      names[name] = { ...outline(task), ...known };
    }
    const store = (next: JsonObject) => {
      setOutputs(next);
      return keep(outputsPlace(definitionId), next);
    };
    return {
      readable: { values: { ...values, ...ofRun }, names: { ...names, ...ofRun } },
      ofTask: (place) => {
        const nearest = earlier(definition, place).map((name): [string, Json] => [
          name,
          names[name]!,
        ]);
        return {
          values: { ...values, ...ofRun },
          names: { workflow, ...Object.fromEntries(nearest), variables, ...ofRun },
        };
      },
      ofCondition: (place) => {
        const parameters = asObject(taskAt(definition, place)?.inputParameters);
        const more = { input: parameters, workflow, variables };
        const nearest = earlier(definition, place).map((name): [string, Json] => [
          name,
          names[name]!,
        ]);
        return {
          values: { $: before(definition, place, values, input), ...more, tasks: values },
          names: {
            $: before(definition, place, names, input),
            ...more,
            tasks: Object.fromEntries(nearest),
          },
        };
      },
      input,
      outputs,
      setInput: (next) => {
        setTyped(next);
        keep(inputPlace(definitionId), next);
      },
      keepOutput: (name, output) => store({ ...outputs, [name]: output }),
      forgetOutput: (name) => {
        const { [name]: _, ...rest } = outputs;
        store(rest);
      },
      forget: (name) => {
        const { [name]: _, ...rest } = outputs;
        store(rest);
        localStorage.removeItem(samplePlace(sampleKeyOf(definitionId, name)));
      },
      rename: (from, to) => {
        if (from === to) {
          return;
        }
        if (Object.hasOwn(outputs, from)) {
          const { [from]: moved, ...rest } = outputs;
          store({ ...rest, [to]: moved! });
        }
        moveKept(sampleKeyOf(definitionId, from), sampleKeyOf(definitionId, to));
      },
    };
  }, [definitionId, definition, located, input, outputs, run]);
}

function moveKept(from: string, to: string) {
  const sample = localStorage.getItem(samplePlace(from));
  if (sample !== null) {
    localStorage.setItem(samplePlace(to), sample);
    localStorage.removeItem(samplePlace(from));
  }
}

// What the task before a Decision gave; behind a Wait or another Decision, what came before that.
function before(
  definition: Definition,
  place: string,
  tasks: JsonObject,
  input: JsonObject,
  seen = new Set<string>(),
): Json {
  const { scope: at, name } = split(place);
  const scope = scopeAt(definition, at);
  if (!scope || seen.has(place)) {
    return null;
  }
  seen.add(place);
  const from: Located[] = routesIn(scope, at)
    .filter((route) => route.to === name)
    .map((route) => ({
      place: placeOf(at, route.from),
      scope: at,
      name: route.from,
      task: scope.tasks[route.from]!,
    }));
  for (const one of from) {
    const isPassing = one.task.type === 'Wait' || one.task.type === 'Decision';
    const { output } = asObject(tasks[one.name]);
    const gave = isPassing ? before(definition, one.place, tasks, input, seen) : output;
    if (gave !== undefined && gave !== null) {
      return gave;
    }
  }
  const parallel = parallelOf(at);
  return scope.startTask !== name
    ? null
    : parallel === undefined
      ? input
      : (asObject(tasks[split(parallel).name]).input ?? null);
}

// The names of the tasks that can have run before one, the nearest first. In a branch the tasks of
// the branch, then what came before its Parallel task.
export function earlier(definition: Definition, place: string): string[] {
  const { scope: at, name } = split(place);
  const scope = scopeAt(definition, at);
  if (!scope) {
    return [];
  }
  const before = new Map<string, string[]>();
  for (const { from, to } of routesIn(scope, at)) {
    before.set(to, [...(before.get(to) ?? []), from]);
  }
  const found = new Set<string>();
  for (let layer = before.get(name) ?? []; layer.length > 0;) {
    const fresh = layer.filter((one) => !found.has(one));
    fresh.forEach((one) => found.add(one));
    layer = fresh.flatMap((one) => before.get(one) ?? []);
  }
  const inside = [...found].flatMap((one) => [
    one,
    // What ran in the branches of a Parallel task can be read behind it.
    ...branchesOf(scope.tasks[one]!).flatMap(({ branch, index }) =>
      tasksOf(branch, branchOf(placeOf(at, one), index)).map((inner) => inner.name),
    ),
  ]);
  const parallel = parallelOf(at);
  return parallel === undefined ? inside : [...inside, ...earlier(definition, parallel)];
}
