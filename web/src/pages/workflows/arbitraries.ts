// Random definitions for the tests: branches within branches, names that objects have by themselves
// and that pointers and expressions must escape, fields that no form knows.
import fc from 'fast-check';
import type { Json } from '../../parts/json';
import { parseJson } from '../../parts/json';
import { tasksOf, type Definition, type Located, type Scope, type Task } from './definition';

export const someName = fc.oneof(
  fc.constantFrom(
    'toString',
    'constructor',
    'a/b',
    'a~1',
    '0',
    'Ask "him"',
    "it's",
    'Größe',
    'Ask',
    '`',
    'a\\b',
  ),
  fc.string({ minLength: 1, maxLength: 8 }).filter((one) => one !== '__proto__'),
);

// Numbers that JavaScript would round among them.
export const extra: fc.Arbitrary<Json> = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n }).map((one) => parseJson(`{"large":${one}}`)),
);

function someTask(names: string[], depth: number): fc.Arbitrary<Task> {
  const toward = fc.constantFrom(...names);
  const kinds: fc.Arbitrary<Task>[] = [
    fc.record({
      type: fc.constant('Simple'),
      nextTask: toward,
      metadata: fc.oneof(
        extra,
        fc.record({ nextTask: toward, list: fc.tuple(toward) }),
        fc.record({ position: fc.record({ x: fc.integer(), y: fc.integer() }), more: extra }),
      ),
    }),
    fc.record({
      type: fc.constant('Http'),
      end: fc.constant(true),
      httpRequest: extra,
    }),
    fc.record({
      type: fc.constant('Decision'),
      choices: fc.array(fc.record({ condition: fc.string(), nextTask: toward, metadata: extra }), {
        maxLength: 2,
      }),
      defaultTask: toward,
    }),
  ];
  if (depth > 0) {
    const branch = fc.oneof(
      { weight: 4, arbitrary: someScope(depth - 1) },
      { weight: 1, arbitrary: extra },
    );
    kinds.push(
      fc.record({
        type: fc.constant('Parallel'),
        branches: fc.array(branch as fc.Arbitrary<Json>, { maxLength: 2 }),
        nextTask: toward,
      }),
    );
  }
  return fc.oneof(...kinds);
}

function someScope(depth: number): fc.Arbitrary<Scope> {
  return fc.uniqueArray(someName, { minLength: 1, maxLength: 5 }).chain((names) =>
    fc
      .record({
        tasks: fc.tuple(...names.map(() => someTask(names, depth))),
        startTask: fc.constantFrom(...names),
        metadata: extra,
      })
      .map(({ tasks, startTask, metadata }) => ({
        startTask,
        metadata,
        tasks: Object.fromEntries(names.map((name, index) => [name, tasks[index]!])),
      })),
  );
}

export const someDefinition: fc.Arbitrary<Definition> = fc
  .record({ scope: someScope(2), more: extra })
  .map(({ scope, more }) => ({ name: 'made', ...scope, more }));

export function anyTask(definition: Definition, at: number): Located {
  const all = tasksOf(definition);
  return all[at % all.length]!;
}
