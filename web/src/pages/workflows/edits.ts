// What the graph and the forms do to a definition. Everything that an edit does not speak of stays
// word for word.
import {
  asList,
  asObject,
  asText,
  isObject,
  shownText,
  withFields,
  type Json,
} from '../../parts/json';
import {
  branchesOf,
  freeName,
  parallelOf,
  placed,
  placeOf,
  scopeAt,
  split,
  taskAt,
  tasksOf,
  type Definition,
  type Route,
  type Scope,
  type Task,
} from './definition';
import { renameInExpressions } from './rename';

// The definition with one of its scopes changed.
export function editScope(
  definition: Definition,
  at: string,
  edit: (scope: Scope) => Scope,
): Definition {
  const parallel = parallelOf(at);
  if (parallel === undefined) {
    return edit(definition) as Definition;
  }
  const index = Number(at.slice(at.lastIndexOf('/') + 1));
  return editTask(definition, parallel, (task) => ({
    ...task,
    branches: asList(task.branches).map((branch, i) =>
      i === index ? edit(branch as Scope) : branch,
    ),
  }));
}

export function editTask(
  definition: Definition,
  place: string,
  edit: (task: Task) => Task,
): Definition {
  const { scope, name } = split(place);
  if (taskAt(definition, place) === undefined) {
    return definition;
  }
  return editScope(definition, scope, (inner) => ({
    ...inner,
    tasks: { ...inner.tasks, [name]: edit(inner.tasks[name]!) },
  }));
}

const hasRoute = (task: Task) => task.type !== 'Decision' && task.type !== 'Terminate';

export interface AddAt {
  scope?: string;
  after?: string | undefined;
}

// Puts a task behind another one of its scope, which goes on where that one went; else in front of
// everything.
export function addTask(
  definition: Definition,
  wanted: string,
  task: Task,
  { scope = '', after }: AddAt,
) {
  const name = freeName(definition, wanted);
  const changed = editScope(definition, scope, (inner) => {
    const before =
      after !== undefined && Object.hasOwn(inner.tasks, after) ? inner.tasks[after] : undefined;
    if (before?.type === 'Decision' && after !== undefined) {
      return connected(withTask(inner, name, leadingOn(task, undefined)), after, name);
    }
    if (before && after !== undefined && hasRoute(before)) {
      const made = withTask(inner, name, leadingOn(task, before.nextTask));
      return withTask(made, after, withFields(before, { nextTask: name, end: undefined }));
    }
    const first = Object.hasOwn(inner.tasks, inner.startTask) ? inner.startTask : undefined;
    return { ...withTask(inner, name, leadingOn(task, first)), startTask: name };
  });
  const place = placeOf(scope, name);
  return { name, place, definition: withEnd(changed, place) };
}

const withTask = (scope: Scope, name: string, task: Task): Scope => ({
  ...scope,
  tasks: { ...scope.tasks, [name]: task },
});

function leadingOn(task: Task, nextTask: Json | undefined): Task {
  const { end: _, nextTask: __, ...made } = task;
  if (task.type === 'Decision') {
    return withFields(made, { defaultTask: nextTask });
  }
  if (task.type === 'Terminate') {
    return made;
  }
  return withFields(made, nextTask === undefined ? { end: true } : { nextTask });
}

// A Decision and a Parallel task can't be the last: what they lead to is made with them.
function withEnd(definition: Definition, place: string): Definition {
  const task = taskAt(definition, place);
  const field = task?.type === 'Decision' ? 'defaultTask' : 'nextTask';
  if (
    !task ||
    !['Decision', 'Parallel'].includes(shownText(task.type)) ||
    task[field] !== undefined
  ) {
    return definition;
  }
  const name = freeName(definition, 'Done');
  const { scope } = split(place);
  const whole = editTask(definition, place, (one) =>
    withFields(one, { [field]: name, end: undefined }),
  );
  return editScope(whole, scope, (inner) =>
    withTask(inner, name, { type: 'Terminate', terminationStatus: 'Completed' }),
  );
}

// What led to the task goes on to where the task went.
export function removeTask(definition: Definition, place: string): Definition {
  const { scope, name } = split(place);
  if (taskAt(definition, place) === undefined) {
    return definition;
  }
  return editScope(definition, scope, (inner) => {
    const { [name]: gone, ...left } = inner.tasks;
    const led = gone?.nextTask ?? gone?.defaultTask;
    const next = typeof led === 'string' && led !== name ? led : undefined;
    const tasks = Object.fromEntries(
      Object.entries(left).map(([other, task]) => [other, leadingPast(task, name, next)]),
    );
    const start = next ?? Object.keys(tasks)[0] ?? '';
    return { ...inner, startTask: inner.startTask === name ? start : inner.startTask, tasks };
  });
}

// A choice for which nothing is left stays, and is marked: its condition is not to be lost.
function leadingPast(task: Task, gone: string, next: string | undefined): Task {
  let left = task;
  if (task.nextTask === gone) {
    const isEnd = next === undefined && task.type !== 'Parallel';
    left = withFields(left, { nextTask: next, end: isEnd ? true : task.end });
  }
  if (next !== undefined && task.defaultTask === gone) {
    left = { ...left, defaultTask: next };
  }
  if (
    next !== undefined &&
    asList(task.choices).some((choice) => asObject(choice).nextTask === gone)
  ) {
    const choices = asList(task.choices).map((choice) =>
      asObject(choice).nextTask === gone ? { ...asObject(choice), nextTask: next } : choice,
    );
    left = { ...left, choices };
  }
  return left;
}

function connected(scope: Scope, from: string, to: string): Scope {
  const task = scope.tasks[from];
  if (!task || task.type === 'Terminate') {
    return scope;
  }
  let next = withFields(task, { nextTask: to, end: undefined });
  if (task.type === 'Decision') {
    const choices = [...asList(task.choices), { condition: 'true', nextTask: to }];
    const isOpen = !Object.hasOwn(scope.tasks, asText(task.defaultTask));
    next = withFields(task, isOpen ? { defaultTask: to } : { choices });
  }
  return { ...scope, tasks: { ...scope.tasks, [from]: next } };
}

// A route from one task to another. A Decision gets its default first, then further choices.
export function connect(
  definition: Definition,
  scope: string,
  from: string,
  to: string,
): Definition {
  return editScope(definition, scope, (inner) => connected(inner, from, to));
}

// A route leads elsewhere, or nowhere when `to` is undefined.
export function reroute(definition: Definition, route: Route, to: string | undefined): Definition {
  return editTask(definition, placeOf(route.scope, route.from), (task) => {
    if (route.kind === 'default') {
      return withFields(task, { defaultTask: to });
    }
    if (route.kind === 'next') {
      const isEnd = to === undefined && task.type !== 'Parallel';
      return withFields(task, { nextTask: to, end: isEnd ? true : undefined });
    }
    const choices = asList(task.choices).flatMap((choice, index) => {
      if (index !== route.choice) {
        return [choice];
      }
      return to === undefined ? [] : [{ ...asObject(choice), nextTask: to }];
    });
    return { ...task, choices };
  });
}

// Routes and expressions follow the new name; routes never lead out of their scope.
export function renameTask(definition: Definition, place: string, to: string): Definition {
  const { scope, name: from } = split(place);
  if (taskAt(definition, place) === undefined || from === to) {
    return definition;
  }
  const moved = (value: Json): Json => (value === from ? to : value);
  const renamed = editScope(definition, scope, (inner) => {
    const tasks = Object.entries(inner.tasks).map(([name, task]): [string, Task] => {
      const next: Task = { ...task };
      for (const field of ['nextTask', 'defaultTask']) {
        if (next[field] !== undefined) {
          next[field] = moved(next[field]);
        }
      }
      if (Array.isArray(next.choices)) {
        next.choices = next.choices.map((choice) =>
          isObject(choice) && choice.nextTask !== undefined
            ? { ...choice, nextTask: moved(choice.nextTask) }
            : choice,
        );
      }
      return [name === from ? to : name, next];
    });
    return {
      ...inner,
      startTask: inner.startTask === from ? to : inner.startTask,
      tasks: Object.fromEntries(tasks),
    };
  });
  return renameInExpressions(renamed, from, to);
}

export function addBranch(definition: Definition, place: string) {
  const name = freeName(definition, 'New Simple task');
  return editTask(definition, place, (task) => ({
    ...task,
    branches: [
      ...asList(task.branches),
      { startTask: name, tasks: { [name]: { type: 'Simple', end: true } } },
    ],
  }));
}

export function removeBranch(definition: Definition, place: string, index: number) {
  return editTask(definition, place, (task) => ({
    ...task,
    branches: asList(task.branches).filter((_, i) => i !== index),
  }));
}

// Positions count from the corner of what holds the task.
export function moveTask(definition: Definition, place: string, at: { x: number; y: number }) {
  const position = { x: Math.round(at.x), y: Math.round(at.y) };
  return editTask(definition, place, (task) =>
    // What is no object is a person's own, and has no room for a position.
    task.metadata === undefined || isObject(task.metadata)
      ? { ...task, metadata: { ...asObject(task.metadata), position } }
      : task,
  );
}

// Forgets the positions that were given by hand, so that everything is laid out.
export function tidy<T extends Scope>(scope: T): T {
  const tasks = Object.entries(scope.tasks).map(([name, task]): [string, Task] => {
    let next = task;
    if (placed(next)) {
      const { position: _, ...metadata } = asObject(next.metadata);
      next = withFields(next, {
        metadata: Object.keys(metadata).length > 0 ? metadata : undefined,
      });
    }
    if (branchesOf(next).length > 0) {
      const shown = new Map(branchesOf(next).map(({ index, branch }) => [index, tidy(branch)]));
      const branches = asList(next.branches).map((branch, index) => shown.get(index) ?? branch);
      next = { ...next, branches };
    }
    return [name, next];
  });
  return { ...scope, tasks: Object.fromEntries(tasks) };
}

export function isPlaced(scope: Scope): boolean {
  return tasksOf(scope).some(({ task }) => placed(task) !== undefined);
}

// The task of a scope behind which a further one is added: one that ends it, else any that goes on.
export function lastOf(definition: Definition, scope: string): string | undefined {
  const tasks = Object.entries(scopeAt(definition, scope)?.tasks ?? {});
  const goesOn = tasks.filter(([, task]) => hasRoute(task));
  return (goesOn.find(([, task]) => task.end === true) ?? goesOn.at(-1))?.[0];
}
