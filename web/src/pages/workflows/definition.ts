// What the editor does to a definition. Everything that it does not know stays word for word.
import { jsonLanguage } from '@codemirror/lang-json';
import type { Json, Task } from '../../http-task/Request';

export interface Definition {
  name: string;
  startTask: string;
  tasks: { [name: string]: Task };
  [more: string]: Json;
}

export interface Route {
  from: string;
  to: string;
  label: string;
}

const text = (value: Json | undefined) => (typeof value === 'string' ? value : '');
const list = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);
const asTask = (value: Json): Task =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};

export function isDefinition(value: unknown): value is Definition {
  const it = value as Partial<Definition> | null;
  return (
    typeof it === 'object' &&
    it !== null &&
    typeof it.tasks === 'object' &&
    it.tasks !== null &&
    Object.values(it.tasks).every((task) => typeof task === 'object' && task !== null)
  );
}

export function routesOf(definition: Definition): Route[] {
  const routes: Route[] = [];
  const add = (from: string, to: string, label = '') => {
    if (Object.hasOwn(definition.tasks, to)) {
      routes.push({ from, to, label });
    }
  };
  for (const [name, task] of Object.entries(definition.tasks)) {
    add(name, text(task.nextTask));
    for (const choice of list(task.choices).map(asTask)) {
      add(name, text(choice.nextTask), text(choice.condition));
    }
    add(name, text(task.defaultTask), 'otherwise');
  }
  return routes;
}

export function freeName(definition: Definition, wanted: string): string {
  let name = wanted;
  for (let number = 2; Object.hasOwn(definition.tasks, name); ++number) {
    name = `${wanted} ${number}`;
  }
  return name;
}

// Puts a task behind another one, which goes on where that one went.
export function addTask(definition: Definition, wanted: string, task: Task, after?: string) {
  const name = freeName(definition, wanted);
  const before = after === undefined ? undefined : definition.tasks[after];
  const tasks = { ...definition.tasks };
  const { end: _, nextTask: __, ...made } = task;
  if (before && after !== undefined && before.type !== 'Decision' && before.type !== 'Terminate') {
    const { nextTask, end, ...rest } = before;
    tasks[after] = { ...rest, nextTask: name };
    tasks[name] = {
      ...made,
      ...(nextTask !== undefined ? { nextTask } : {}),
      ...(end !== undefined ? { end } : {}),
    };
    return { name, definition: { ...definition, tasks } };
  }
  // In front of everything: the first step of a definition that only ends.
  tasks[name] =
    Object.hasOwn(tasks, definition.startTask)
      ? { ...made, nextTask: definition.startTask }
      : { ...made, end: true };
  return { name, definition: { ...definition, startTask: name, tasks } };
}

// Routes follow the new name; those of a branch stay inside it, and never lead here. Expressions
// that name the task stay: validation marks them.
export function renameTask(definition: Definition, from: string, to: string): Definition {
  const moved = (value: Json) => (value === from ? to : value);
  const tasks = Object.entries(definition.tasks).map(([name, task]): [string, Task] => {
    const next: Task = { ...task };
    for (const field of ['nextTask', 'defaultTask']) {
      if (next[field] !== undefined) {
        next[field] = moved(next[field]);
      }
    }
    if (Array.isArray(next.choices)) {
      next.choices = next.choices.map((choice) => {
        const inner = asTask(choice);
        return inner.nextTask === undefined ? choice : { ...inner, nextTask: moved(inner.nextTask) };
      });
    }
    return [name === from ? to : name, next];
  });
  return {
    ...definition,
    startTask: definition.startTask === from ? to : definition.startTask,
    tasks: Object.fromEntries(tasks),
  };
}

// What led to the task goes on to where the task went.
export function removeTask(definition: Definition, name: string): Definition {
  const { [name]: gone, ...left } = definition.tasks;
  const led = text(gone?.nextTask);
  const next = led === name ? '' : led;
  const tasks = Object.fromEntries(
    Object.entries(left).map(([other, task]) => {
      if (task.nextTask !== name) {
        return [other, task];
      }
      const { nextTask: _, ...rest } = task;
      return [other, next ? { ...rest, nextTask: next } : { ...rest, end: true }];
    }),
  );
  return {
    ...definition,
    startTask: definition.startTask === name ? next : definition.startTask,
    tasks,
  };
}

export function connect(definition: Definition, from: string, to: string): Definition {
  const task = definition.tasks[from];
  if (!task || task.type === 'Terminate') {
    return definition;
  }
  const { end: _, ...rest } = task;
  const next =
    task.type === 'Decision'
      ? { ...rest, choices: [...list(task.choices), { condition: 'true', nextTask: to }] }
      : { ...rest, nextTask: to };
  return { ...definition, tasks: { ...definition.tasks, [from]: next } };
}

// The task that a pointer (RFC 6901) into a definition leads to or into.
export function taskAt(pointer: string): string | undefined {
  const [, tasks, name] = pointer.split('/');
  return tasks === 'tasks' && name !== undefined ? unescaped(name) : undefined;
}

const unescaped = (step: string) => step.replaceAll('~1', '/').replaceAll('~0', '~');

// A definition as a person wrote it: without what the server says of it, and without the nulls that
// stand for every field that is not set.
export function asWritten(read: Definition): Definition {
  const byServer = ['id', 'version', 'organizationId', 'createdOn', 'modifiedOn', 'disabled', 'createdBy'];
  const own = Object.entries(read).filter(([name, value]) => !byServer.includes(name) && value !== null);
  return { ...(Object.fromEntries(own) as Definition), tasks: tasksAsWritten(read.tasks) };
}

function tasksAsWritten(tasks: Definition['tasks']): Definition['tasks'] {
  return Object.fromEntries(
    Object.entries(tasks).map(([name, task]) => {
      const fields = Object.entries(task).filter(([, value]) => value !== null);
      const written = Object.fromEntries(fields);
      if (Array.isArray(written.branches)) {
        written.branches = written.branches.map((branch) => {
          const inner = asTask(branch);
          return inner.tasks === undefined
            ? branch
            : { ...inner, tasks: tasksAsWritten(inner.tasks as Definition['tasks']) };
        });
      }
      return [name, written];
    }),
  );
}

// Where in a text of JSON a pointer (RFC 6901) leads; the deepest part that is there.
export function rangeOf(document: string, pointer: string): { from: number; to: number } {
  const steps = pointer.split('/').slice(1).map(unescaped);
  let node = jsonLanguage.parser.parse(document).topNode.firstChild;
  let best = { from: 0, to: Math.min(1, document.length) };
  for (const step of steps) {
    let found = null;
    if (node?.name === 'Object') {
      for (const property of node.getChildren('Property')) {
        const key = property.firstChild;
        if (key && document.slice(key.from, key.to) === JSON.stringify(step)) {
          best = { from: key.from, to: key.to };
          found = property.lastChild;
        }
      }
    } else if (node?.name === 'Array') {
      let child = node.firstChild?.nextSibling ?? null;
      for (let index = 0; child; child = child.nextSibling) {
        if (child.name !== ',' && child.name !== ']' && String(index++) === step) {
          best = { from: child.from, to: child.to };
          found = child;
        }
      }
    }
    if (!found) {
      break;
    }
    node = found;
  }
  return best;
}
