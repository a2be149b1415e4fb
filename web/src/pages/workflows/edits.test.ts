// What the graph's edits do to a definition: nothing that they don't speak of is lost, routes stay
// whole and inside their branch, and undoing what can be undone gives the same again. Random
// definitions with branches, random edits.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asList, asObject, parseJson, printJson } from '../../parts/json';
import { anyTask, extra, someDefinition, someName } from './arbitraries';
import {
  asWritten,
  find,
  freeName,
  placeOf,
  routesIn,
  scopeAt,
  split,
  taskAt,
  tasksOf,
  type Definition,
} from './definition';
import * as edits from './edits';

const same = (a: unknown, b: unknown) => expect(JSON.stringify(a)).toBe(JSON.stringify(b));
const rest = ['type', 'metadata', 'httpRequest', 'choices'];
// Everything but one scope's tasks, as text.
const outside = (definition: Definition, scope: string) =>
  JSON.stringify(
    edits.editScope(definition, scope, (inner) => ({ ...inner, startTask: '', tasks: {} })),
  );

describe('an edit of the graph', () => {
  test('that adds a task keeps every other, and reaches the new one', () => {
    fc.assert(
      fc.property(
        someDefinition,
        someName,
        fc.nat(),
        fc.boolean(),
        (before, wanted, at, isBehind) => {
          const { scope, name } = anyTask(before, at);
          const after = isBehind ? name : undefined;
          const made = edits.addTask(
            before,
            wanted,
            { type: 'Wait', seconds: 1 },
            { scope, after },
          );
          const then = scopeAt(made.definition, scope)!;
          const was = scopeAt(before, scope)!;
          expect(Object.keys(then.tasks).sort()).toEqual(
            [...Object.keys(was.tasks), made.name].sort(),
          );
          expect(tasksOf(before).some((one) => one.name === made.name)).toBe(false);
          same(outside(made.definition, scope), outside(before, scope));
          for (const [other, task] of Object.entries(was.tasks)) {
            for (const field of rest.filter((one) => one !== 'choices' || other !== name)) {
              same(then.tasks[other]![field], task[field]);
            }
          }
          const isReached =
            then.startTask === made.name || routesIn(then).some((route) => route.to === made.name);
          expect(isReached).toBe(true);
        },
      ),
    );
  });

  test('that adds a Decision or a Parallel task gives it somewhere to go', () => {
    fc.assert(
      fc.property(
        someDefinition,
        fc.constantFrom('Decision', 'Parallel'),
        fc.nat(),
        (before, type, at) => {
          const { scope, name } = anyTask(before, at);
          const made = edits.addTask(before, 'New', { type }, { scope, after: name });
          const then = scopeAt(made.definition, scope)!;
          expect(routesIn(then).some((route) => route.from === made.name)).toBe(true);
          expect(taskAt(made.definition, made.place)!.end).toBe(undefined);
        },
      ),
    );
  });

  test('that renames a task moves every route with it, and back is the same again', () => {
    fc.assert(
      fc.property(someDefinition, someName, fc.nat(), (before, wanted, at) => {
        const { place, scope, name } = anyTask(before, at);
        const to = freeName(before, wanted);
        const after = edits.renameTask(before, place, to);
        const moved = (one: string) => (one === name ? to : one);
        const ends = (definition: Definition) => routesIn(scopeAt(definition, scope)!);
        // Objects list names that look like numbers first, so the order may change.
        expect(
          ends(after)
            .map((one) => JSON.stringify([one.from, one.to]))
            .sort(),
        ).toEqual(
          ends(before)
            .map((one) => JSON.stringify([moved(one.from), moved(one.to)]))
            .sort(),
        );
        expect(scopeAt(after, scope)!.startTask).toBe(moved(scopeAt(before, scope)!.startTask));
        same(outside(after, scope), outside(before, scope));
        const now = taskAt(after, placeOf(scope, to))!;
        same(
          [now.httpRequest, now.metadata],
          [taskAt(before, place)!.httpRequest, taskAt(before, place)!.metadata],
        );
        // Equal but for the order of names.
        expect(sorted(edits.renameTask(after, placeOf(scope, to), name))).toBe(sorted(before));
      }),
    );
  });

  test('that removes a task leaves no next task that is gone', () => {
    fc.assert(
      fc.property(someDefinition, fc.nat(), (before, at) => {
        const { place, scope, name } = anyTask(before, at);
        const after = edits.removeTask(before, place);
        expect(taskAt(after, place)).toBe(undefined);
        same(outside(after, scope), outside(before, scope));
        for (const task of Object.values(scopeAt(after, scope)!.tasks)) {
          expect(task.nextTask === name).toBe(false);
        }
      }),
    );
  });

  test('that connects two tasks makes that route, and rerouting it moves or ends it alone', () => {
    fc.assert(
      fc.property(
        someDefinition,
        fc.nat(),
        fc.nat(),
        fc.option(fc.nat(), { nil: undefined }),
        (before, a, b, c) => {
          const { scope, name: from } = anyTask(before, a);
          const names = Object.keys(scopeAt(before, scope)!.tasks);
          const to = names[b % names.length]!;
          const made = edits.connect(before, scope, from, to);
          const routes = (definition: Definition) => routesIn(scopeAt(definition, scope)!, scope);
          const route = routes(made).find((one) => one.from === from && one.to === to)!;
          expect(route).toBeDefined();
          const target = c === undefined ? undefined : names[c % names.length]!;
          const after = edits.reroute(made, route, target);
          const others = (definition: Definition) =>
            routes(definition)
              .filter((one) => one.from !== from)
              .map((one) => JSON.stringify(one));
          expect(others(after)).toEqual(others(made));
          const count = routes(made).length;
          expect(routes(after).length).toBe(target === undefined ? count - 1 : count);
          same(outside(after, scope), outside(before, scope));
        },
      ),
    );
  });

  test('that moves tasks changes their positions alone, and auto layout forgets just those', () => {
    fc.assert(
      fc.property(someDefinition, fc.nat(), fc.nat(500), fc.nat(500), (before, at, x, y) => {
        const { place, task } = anyTask(before, at);
        const after = edits.moveTask(before, place, { x, y });
        const now = taskAt(after, place)!;
        const { metadata: _, ...others } = now;
        const { metadata: __, ...were } = task;
        same(others, were);
        const isOwn = task.metadata !== undefined && !isPlain(task.metadata);
        if (isOwn) {
          same(after, before);
        } else {
          expect(asObject(now.metadata).position).toEqual({ x, y });
        }
        const tidied = edits.tidy(after);
        expect(edits.isPlaced(tidied)).toBe(false);
        same(edits.tidy(tidied), tidied);
        for (const one of tasksOf(after)) {
          const { position: _position, ...kept } = asObject(one.task.metadata);
          const { position: _gone, ...left } = asObject(taskAt(tidied, one.place)!.metadata);
          same(left, kept);
        }
      }),
    );
  });

  test('of branches adds and removes whole ones', () => {
    fc.assert(
      fc.property(someDefinition, fc.nat(), (before, at) => {
        const { place, task } = anyTask(before, at);
        const count = asList(task.branches).length;
        const more = edits.addBranch(before, place);
        expect(asList(taskAt(more, place)!.branches).length).toBe(count + 1);
        const names = tasksOf(more).map((one) => one.name);
        const added = names.filter((name) => name.startsWith('New Simple task'));
        expect(new Set(added).size).toBe(added.length);
        same(
          asList(taskAt(edits.removeBranch(more, place, count), place)!.branches),
          asList(task.branches),
        );
      }),
    );
  });
});

const isPlain = (value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    isPlain(one) && !('rawJSON' in (one as object))
      ? Object.fromEntries(Object.entries(one as object).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}

test('a task is found by its name, and by its place when another has the name', () => {
  fc.assert(
    fc.property(someDefinition, fc.nat(), (definition, at) => {
      const { place, name } = anyTask(definition, at);
      expect(split(place).name).toBe(name);
      expect(split(find(definition, name)!).name).toBe(name);
      const names = tasksOf(definition).map((one) => one.name);
      if (!names.includes(place)) {
        expect(find(definition, place)).toBe(place);
      }
    }),
  );
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
      same(asWritten(filled), asWritten(definition));
      for (const { place, task } of tasksOf(definition)) {
        for (const [field, value] of Object.entries(task)) {
          if (value !== null && field !== 'branches') {
            same(taskAt(asWritten(filled), place)![field], value);
          }
        }
      }
    }),
  );
});

test('a number of more digits than JavaScript holds is read and written as it is', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), extra, (number, more) => {
      const text = `{"number":${number},"more":${JSON.stringify(more)}}`;
      expect(JSON.stringify(parseJson(text))).toBe(text);
      same(parseJson(printJson(parseJson(text))), parseJson(text));
    }),
  );
});
