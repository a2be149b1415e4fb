// What the graph's edits do to a definition: nothing that they don't speak of is lost, routes stay
// whole, and a pointer of the server finds its place in the text. Random definitions, random edits.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json, Task } from '../../http-task/Request';
import {
  addTask,
  asWritten,
  connect,
  rangeOf,
  removeTask,
  renameTask,
  routesOf,
  taskAt,
  type Definition,
} from './definition';

// Names that objects have by themselves, and that pointers must escape, among them.
const someName = fc.oneof(
  fc.constantFrom('toString', 'constructor', 'a/b', 'a~1', '0', 'Ask "him"', 'Größe'),
  fc.string({ minLength: 1, maxLength: 8 }).filter((one) => one !== '__proto__'),
);
const extra = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>;

const someDefinition = fc
  .uniqueArray(someName, { minLength: 1, maxLength: 6 })
  .chain((names) => {
    const toward = fc.constantFrom(...names);
    const task: fc.Arbitrary<Task> = fc.oneof(
      fc.record({
        type: fc.constant('Simple'),
        nextTask: toward,
        metadata: fc.oneof(extra, fc.record({ nextTask: toward, list: fc.tuple(toward) })),
      }),
      fc.record({ type: fc.constant('Http'), end: fc.constant(true), httpRequest: extra }),
      fc.record({
        type: fc.constant('Decision'),
        choices: fc.array(fc.record({ condition: fc.string(), nextTask: toward }), { maxLength: 2 }),
        defaultTask: toward,
      }),
    ) as fc.Arbitrary<Task>;
    return fc.record({
      names: fc.constant(names),
      tasks: fc.tuple(...names.map(() => task)),
      start: toward,
      more: extra,
    });
  })
  .map(
    ({ names, tasks, start, more }): Definition => ({
      name: 'made',
      startTask: start,
      tasks: Object.fromEntries(names.map((name, index) => [name, tasks[index]!])),
      more,
    }),
  );

const anyTask = (definition: Definition, at: number) =>
  Object.keys(definition.tasks)[at % Object.keys(definition.tasks).length]!;

describe('an edit of the graph', () => {
  test('that adds a task keeps every other, and reaches the new one', () => {
    fc.assert(
      fc.property(someDefinition, someName, fc.option(fc.nat()), (before, wanted, at) => {
        const after = at === null ? undefined : anyTask(before, at);
        const made = addTask(before, wanted, { type: 'Wait', seconds: 1 }, after);
        expect(Object.keys(made.definition.tasks).sort()).toEqual(
          [...Object.keys(before.tasks), made.name].sort(),
        );
        expect(Object.hasOwn(before.tasks, made.name)).toBe(false);
        expect((made.definition as Definition).more).toEqual(before.more);
        for (const [name, task] of Object.entries(before.tasks)) {
          const now = made.definition.tasks[name]!;
          for (const field of ['type', 'metadata', 'httpRequest', 'choices']) {
            expect(now[field]).toEqual(task[field]);
          }
        }
        const isReached =
          made.definition.startTask === made.name ||
          routesOf(made.definition).some((route) => route.to === made.name);
        expect(isReached).toBe(true);
      }),
    );
  });

  test('that renames a task moves every route with it and touches no payload', () => {
    fc.assert(
      fc.property(someDefinition, someName, fc.nat(), (before, to, at) => {
        const from = anyTask(before, at);
        fc.pre(!Object.hasOwn(before.tasks, to));
        const after = renameTask(before, from, to);
        const moved = (name: string) => (name === from ? to : name);
        // Objects list names that look like numbers first, so the order may change.
        expect(routesOf(after).map(({ from: a, to: b }) => JSON.stringify([a, b])).sort()).toEqual(
          routesOf(before)
            .map(({ from: a, to: b }) => JSON.stringify([moved(a), moved(b)]))
            .sort(),
        );
        expect(after.startTask).toBe(moved(before.startTask));
        for (const [name, task] of Object.entries(before.tasks)) {
          expect(after.tasks[moved(name)]!.httpRequest).toEqual(task.httpRequest);
          expect(after.tasks[moved(name)]!.metadata).toEqual(task.metadata);
        }
        expect(renameTask(after, to, from)).toEqual(before);
      }),
    );
  });

  test('that removes a task leaves no next task that is gone', () => {
    fc.assert(
      fc.property(someDefinition, fc.nat(), (before, at) => {
        const gone = anyTask(before, at);
        const after = removeTask(before, gone);
        expect(Object.hasOwn(after.tasks, gone)).toBe(false);
        for (const task of Object.values(after.tasks)) {
          if (typeof task.nextTask === 'string') {
            expect(task.nextTask).not.toBe(gone);
          }
        }
      }),
    );
  });

  test('that connects two tasks makes that route', () => {
    fc.assert(
      fc.property(someDefinition, fc.nat(), fc.nat(), (before, a, b) => {
        const [from, to] = [anyTask(before, a), anyTask(before, b)];
        const made = routesOf(connect(before, from, to));
        expect(made.some((route) => route.from === from && route.to === to)).toBe(true);
      }),
    );
  });
});

describe('a pointer of the server', () => {
  const escaped = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1');

  test('finds its task, and its place in the text', () => {
    fc.assert(
      fc.property(someDefinition, fc.nat(), (definition, at) => {
        const name = anyTask(definition, at);
        const pointer = `/tasks/${escaped(name)}/type`;
        expect(taskAt(pointer)).toBe(name);
        const text = JSON.stringify(definition, null, 2);
        const { from, to } = rangeOf(text, pointer);
        expect(text.slice(from, to)).toBe('"type"');
      }),
    );
  });

  test('into something broken or absent is the deepest part that is there', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, pointer) => {
        const { from, to } = rangeOf(text, `/${pointer}`);
        expect(from).toBeGreaterThanOrEqual(0);
        expect(to).toBeLessThanOrEqual(Math.max(text.length, 0));
      }),
    );
  });
});

test('what the server fills in is not written back, and what a person wrote is', () => {
  fc.assert(
    fc.property(someDefinition, (definition) => {
      const filled = {
        ...definition,
        id: 'x',
        version: 3,
        description: null,
        tasks: Object.fromEntries(
          Object.entries(definition.tasks).map(([name, task]) => [name, { retry: null, ...task }]),
        ),
      } as unknown as Definition;
      const written = asWritten(filled);
      const withoutNulls = asWritten(definition);
      expect(written).toEqual(withoutNulls);
      for (const [name, task] of Object.entries(definition.tasks)) {
        for (const [field, value] of Object.entries(task)) {
          if (value !== null) {
            expect(written.tasks[name]![field]).toEqual(value);
          }
        }
      }
    }),
  );
});
