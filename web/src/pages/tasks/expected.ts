// What the rest of a definition reads from the output of a task: `${Ask.output.amount}`, or
// `$.approved` in the Decision behind it. From that comes the form in which a person answers.
import { asObject, asText, type Json } from '../../parts/json';
import { tasksOf, type Definition, type Task } from '../workflows/definition';

export type Kind = 'text' | 'number' | 'boolean' | 'json';
export interface Field {
  name: string;
  kind: Kind;
  // What conditions compare it with.
  options: string[];
}

export function kindOf(value: Json | undefined): Kind {
  switch (typeof value) {
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'object':
      return value === null ? 'text' : 'json';
    default:
      return 'text';
  }
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function textsIn(value: Json): string[] {
  if (typeof value === 'string') {
    return [value];
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

// The Decisions that see the output of the task as `$`: the one behind it, and those behind that,
// with Waits between them.
function decisionsBehind(tasks: Map<string, Task>, name: string): Task[] {
  const found: Task[] = [];
  const seen = new Set<string>();
  const look = (next: Json | undefined) => {
    const name = asText(next);
    const task = seen.has(name) ? undefined : tasks.get(name);
    if (task?.type === 'Wait') {
      seen.add(name);
      look(task.nextTask);
    } else if (task?.type === 'Decision') {
      seen.add(name);
      found.push(task);
      look(task.defaultTask);
      choicesOf(task).forEach((choice) => look(choice.nextTask));
    }
  };
  look(tasks.get(name)?.nextTask);
  return found;
}

function choicesOf(task: Task) {
  return (Array.isArray(task.choices) ? task.choices : []) as Task[];
}

// A condition says by what stands beside a name what it takes the name to be.
function kindBeside(text: string, from: number, to: number): { kind: Kind; option?: string } {
  const after = text.slice(to);
  const compared = /^\s*[!=]==?\s*(?:'([^']*)'|"([^"]*)")/.exec(after);
  if (compared) {
    return { kind: 'text', option: compared[1] ?? compared[2] ?? '' };
  }
  if (/^\s*([<>]=?|[!=]==?\s*-?\d)/.test(after)) {
    return { kind: 'number' };
  }
  const isWhole =
    /(^|&&|\|\||!|\()\s*$/.test(text.slice(0, from)) && /^\s*($|&&|\|\||\)|\?)/.test(after);
  return /^\s*[!=]==?\s*(true|false)/.test(after) || isWhole
    ? { kind: 'boolean' }
    : { kind: 'text' };
}

export function expectedFields(definition: Definition, taskName: string): Field[] {
  const fields = new Map<string, Field>();
  const tasks = new Map(tasksOf(definition).map(({ name, task }) => [name, task]));
  const note = (name: string, kind: Kind, option?: string) => {
    const held = fields.get(name) ?? { name, kind, options: [] };
    if (held.kind === 'text' && held.options.length === 0) {
      held.kind = kind;
    }
    if (option && !held.options.includes(option)) {
      held.options.push(option);
    }
    fields.set(name, held);
  };
  const scan = (text: string, pattern: RegExp, isCondition: boolean) => {
    for (const match of text.matchAll(pattern)) {
      const name = match[1] ?? match[2] ?? '';
      const { kind, option } = isCondition
        ? kindBeside(text, match.index, match.index + match[0].length)
        : { kind: 'text' as const };
      note(name, kind, option);
    }
  };
  const member = String.raw`(?:\.([A-Za-z_][\w-]*)|\[['"]([^'"]+)['"]\])`;
  for (const decision of decisionsBehind(tasks, taskName)) {
    for (const { condition } of choicesOf(decision)) {
      scan(asText(condition), new RegExp(String.raw`\$${member}`, 'g'), true);
    }
  }
  const own = escaped(taskName);
  const quoted = String.raw`(?:tasks)?\[['"]${own}['"]\]|(?:\$\.)?['"\`]${own}['"\`]`;
  const plain = String.raw`(?<![\w.])(?:tasks\.|\$\.)?${own}`;
  const named = String.raw`(?:${quoted}|${plain})\.output${member}`;
  for (const [, task] of tasks) {
    for (const text of textsIn(task)) {
      const isCondition = choicesOf(task).some((one) => one.condition === text);
      scan(text, new RegExp(named, 'g'), isCondition);
    }
  }
  return [...fields.values()];
}

// Of its input, what a person was given: without what Tartan adds.
export function givenInput(input: unknown): { [name: string]: Json } {
  return Object.fromEntries(
    Object.entries(asObject(input as Json)).filter(([name]) => !name.startsWith('swf:')),
  );
}

// What the definition expects; when it expects nothing that can be seen, the input's own fields.
export function formFields(
  definition: Definition | null | undefined,
  taskName: string,
  input: { [name: string]: Json },
): Field[] {
  const expected = definition ? expectedFields(definition, taskName) : [];
  if (expected.length > 0) {
    return expected.map((one) =>
      one.kind === 'text' && one.options.length === 0 && input[one.name] !== undefined
        ? { ...one, kind: kindOf(input[one.name]) }
        : one,
    );
  }
  return Object.entries(input).map(([name, value]) => ({ name, kind: kindOf(value), options: [] }));
}
