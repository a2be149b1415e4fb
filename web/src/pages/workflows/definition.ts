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
    if (to !== '' && to in definition.tasks) {
      routes.push({ from, to, label });
    }
  };
  for (const [name, task] of Object.entries(definition.tasks)) {
    add(name, text(task.nextTask));
    for (const choice of list(task.choices).map(asTask)) {
      add(name, text(choice.nextTask), text(choice.condition));
    }
    add(name, text(task.defaultTask), 'otherwise');
    for (const branch of list(task.branches)) {
      add(name, typeof branch === 'string' ? branch : text(asTask(branch).startTask), 'branch');
    }
  }
  return routes;
}

export function freeName(definition: Definition, wanted: string): string {
  let name = wanted;
  for (let number = 2; name in definition.tasks; ++number) {
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
    definition.startTask in tasks
      ? { ...made, nextTask: definition.startTask }
      : { ...made, end: true };
  return { name, definition: { ...definition, startTask: name, tasks } };
}

function renamed(value: Json, from: string, to: string): Json {
  if (Array.isArray(value)) {
    return value.map((one) => (typeof one === 'string' && one === from ? to : renamed(one, from, to)));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [
        name,
        ['nextTask', 'defaultTask', 'startTask'].includes(name) && inner === from
          ? to
          : renamed(inner, from, to),
      ]),
    );
  }
  return value;
}

export function renameTask(definition: Definition, from: string, to: string): Definition {
  const tasks = Object.fromEntries(
    Object.entries(definition.tasks).map(([name, { httpRequest, ...task }]) => {
      const moved = renamed(task, from, to) as Task;
      return [name === from ? to : name, httpRequest === undefined ? moved : { ...moved, httpRequest }];
    }),
  );
  return {
    ...definition,
    startTask: definition.startTask === from ? to : definition.startTask,
    tasks,
  };
}

// What led to the task goes on to where the task went.
export function removeTask(definition: Definition, name: string): Definition {
  const { [name]: gone, ...left } = definition.tasks;
  const next = text(gone?.nextTask);
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

// Where in a text of JSON a pointer (RFC 6901) leads; the deepest part that is there.
export function rangeOf(document: string, pointer: string): { from: number; to: number } {
  const steps = pointer
    .split('/')
    .slice(1)
    .map((one) => one.replaceAll('~1', '/').replaceAll('~0', '~'));
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
