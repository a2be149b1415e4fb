// A workflow definition as the editor sees it. A task's place is the JSON pointer to it, as the
// server names it in problems; a scope is what holds tasks: the definition ('') or a branch.
import {
  asList,
  asObject,
  asText,
  escapeStep,
  isObject,
  unescapeStep,
  type Json,
  type JsonObject,
} from '../../parts/json';

export type Task = JsonObject;
export type Tasks = { [name: string]: Task };

export interface Scope {
  startTask: string;
  tasks: Tasks;
  [more: string]: Json;
}
export interface Definition extends Scope {
  name: string;
}

export interface Located {
  place: string;
  scope: string;
  name: string;
  task: Task;
}

export type RouteKind = 'next' | 'choice' | 'default';
export interface Route {
  scope: string;
  from: string;
  to: string;
  kind: RouteKind;
  choice: number;
  label: string;
}

export function isScope(value: unknown): value is Scope {
  return isObject(value) && isObject(value.tasks) && Object.values(value.tasks).every(isObject);
}
export function isDefinition(value: unknown): value is Definition {
  return isScope(value);
}

export const placeOf = (scope: string, name: string) => `${scope}/tasks/${escapeStep(name)}`;
export const branchOf = (place: string, index: number) => `${place}/branches/${index}`;

// Where a place is: the scope and the name in it.
export function split(place: string): { scope: string; name: string } {
  const at = place.lastIndexOf('/tasks/');
  return { scope: place.slice(0, at), name: unescapeStep(place.slice(at + '/tasks/'.length)) };
}

// The Parallel task whose branch a scope is; none for the definition itself.
export function parallelOf(scope: string): string | undefined {
  return scope === '' ? undefined : scope.slice(0, scope.lastIndexOf('/branches/'));
}

// The branches that can be shown; what is no branch stays in the JSON.
export function branchesOf(task: Task): { index: number; branch: Scope }[] {
  return asList(task.branches).flatMap((branch, index) =>
    isScope(branch) ? [{ index, branch }] : [],
  );
}

// Every task, those of branches behind their Parallel task.
export function tasksOf(scope: Scope, at = ''): Located[] {
  return Object.entries(scope.tasks).flatMap(([name, task]) => {
    const place = placeOf(at, name);
    const inner = branchesOf(task).flatMap(({ index, branch }) =>
      tasksOf(branch, branchOf(place, index)),
    );
    return [{ place, scope: at, name, task }, ...inner];
  });
}

export function scopeAt(definition: Definition, scope: string): Scope | undefined {
  const parallel = parallelOf(scope);
  if (parallel === undefined) {
    return definition;
  }
  const index = Number(scope.slice(scope.lastIndexOf('/') + 1));
  const branch = asList(taskAt(definition, parallel)?.branches)[index];
  return isScope(branch) ? branch : undefined;
}

export function taskAt(definition: Definition, place: string): Task | undefined {
  const { scope, name } = split(place);
  const tasks = scopeAt(definition, scope)?.tasks;
  return tasks && Object.hasOwn(tasks, name) ? tasks[name] : undefined;
}

// A task by its name, or by its place when another one has the same name.
export function find(definition: Definition, wanted: string): string | undefined {
  const all = tasksOf(definition);
  return (all.find(({ name }) => name === wanted) ?? all.find(({ place }) => place === wanted))
    ?.place;
}

// The task that a pointer leads to or into, when it is there.
export function placeIn(definition: Definition, pointer: string): string | undefined {
  const steps = pointer.split('/');
  let scope: Scope | undefined = definition;
  let at = '';
  let found: string | undefined;
  for (let i = 1; scope && steps[i] === 'tasks' && i + 1 < steps.length; i += 4) {
    const name = unescapeStep(steps[i + 1]!);
    if (!Object.hasOwn(scope.tasks, name)) {
      break;
    }
    found = placeOf(at, name);
    const index = Number(steps[i + 3]);
    const inner: Scope | undefined =
      steps[i + 2] === 'branches'
        ? branchesOf(scope.tasks[name]!).find((one) => one.index === index)?.branch
        : undefined;
    scope = inner;
    at = branchOf(found, index);
  }
  return found;
}

export function routesIn(scope: Scope, at = ''): Route[] {
  const routes: Route[] = [];
  const add = (from: string, to: Json | undefined, kind: RouteKind, label = '', choice = -1) => {
    if (typeof to === 'string' && Object.hasOwn(scope.tasks, to)) {
      routes.push({ scope: at, from, to, kind, choice, label });
    }
  };
  for (const [name, task] of Object.entries(scope.tasks)) {
    add(name, task.nextTask, 'next');
    asList(task.choices).forEach((choice, index) => {
      const { nextTask, condition } = asObject(choice);
      add(name, nextTask, 'choice', asText(condition), index);
    });
    add(name, task.defaultTask, 'default', 'otherwise');
  }
  return routes;
}

// Where a person put a task, from the corner of what holds it.
export function placed(task: Task): { x: number; y: number } | undefined {
  const { x, y } = asObject(asObject(task.metadata).position);
  return typeof x === 'number' && typeof y === 'number' ? { x, y } : undefined;
}

export function freeName(definition: Definition, wanted: string): string {
  const taken = new Set(tasksOf(definition).map(({ name }) => name));
  let name = wanted;
  for (let number = 2; taken.has(name); ++number) {
    name = `${wanted} ${number}`;
  }
  return name;
}

// A definition as a person wrote it: without what the server says of it, and without the nulls that
// stand for every field that is not set.
export function asWritten(read: Definition): Definition {
  const byServer = [
    'id',
    'version',
    'organizationId',
    'createdOn',
    'modifiedOn',
    'disabled',
    'createdBy',
  ];
  const own = Object.entries(read).filter(
    ([name, value]) => !byServer.includes(name) && value !== null,
  );
  return { ...(Object.fromEntries(own) as Definition), tasks: tasksAsWritten(read.tasks) };
}

function tasksAsWritten(tasks: Tasks): Tasks {
  return Object.fromEntries(
    Object.entries(tasks).map(([name, task]) => {
      const written = Object.fromEntries(
        Object.entries(task).filter(([, value]) => value !== null),
      );
      if (Array.isArray(written.branches)) {
        written.branches = written.branches.map((branch) =>
          isScope(branch) ? { ...branch, tasks: tasksAsWritten(branch.tasks) } : branch,
        );
      }
      return [name, written];
    }),
  );
}
