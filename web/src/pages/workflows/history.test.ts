// Graph and JSON stay in step: whatever is edited on either side, in any order and undone and redone,
// both show one value, and neither loses what the other can't show.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { asList, parseJson, printJson, type Json } from '../../parts/json';
import { anyTask, extra, someDefinition, someName } from './arbitraries';
import { freeName, placeOf, scopeAt, taskAt, tasksOf, type Definition } from './definition';
import { readDefinition } from './document';
import * as edits from './edits';
import { begin, edit, redo, textOf, type, undo, type Steps } from './history';
import { Placement } from './layout';

type Act = (steps: Steps, at: number) => Steps;

// An edit of the graph, by mouse or form.
const graphActs: fc.Arbitrary<Act> = fc
  .record({
    what: fc.constantFrom('add', 'remove', 'rename', 'connect', 'move', 'tidy', 'branch'),
    a: fc.nat(),
    b: fc.nat(),
    name: someName,
  })
  .map(({ what, a, b, name }) => (steps, at) => {
    const before = steps.now.definition;
    if (tasksOf(before).length === 0) {
      return steps;
    }
    const one = anyTask(before, a);
    const names = Object.keys(scopeAt(before, one.scope)!.tasks);
    const made: Record<string, () => Definition> = {
      add: () =>
        edits.addTask(
          before,
          name,
          { type: 'Wait', seconds: 1 },
          { scope: one.scope, after: one.name },
        ).definition,
      remove: () => edits.removeTask(before, one.place),
      rename: () => edits.renameTask(before, one.place, freeName(before, name)),
      connect: () => edits.connect(before, one.scope, one.name, names[b % names.length]!),
      move: () => edits.moveTask(before, one.place, { x: a % 900, y: b % 900 }),
      tidy: () => edits.tidy(before),
      branch: () => (one.task.type === 'Parallel' ? edits.addBranch(before, one.place) : before),
    };
    return edit(steps, made[what]!(), '', at);
  });

// An edit of the text: a value put in by hand, other blanks, or something that is no JSON (yet).
const textActs: fc.Arbitrary<Act> = fc.oneof(
  fc.tuple(fc.nat(), someName, extra).map(([a, field, value]): Act => (steps, at) => {
    const before = steps.now.definition;
    if (tasksOf(before).length === 0) {
      return steps;
    }
    const { place } = anyTask(before, a);
    const typed = edits.editTask(before, place, (task) => ({ ...task, [`x-${field}`]: value }));
    return type(steps, JSON.stringify(typed), at);
  }),
  fc.constant<Act>((steps, at) => type(steps, ` ${textOf(steps.now)}\n`, at)),
  fc.nat().map((cut): Act => (steps, at) => {
    const text = textOf(steps.now);
    return type(steps, text.slice(0, cut % (text.length + 1)), at);
  }),
);
const stepActs = fc.constantFrom<Act>(
  (steps) => undo(steps),
  (steps) => redo(steps),
);

function isInStep({ now }: Steps) {
  const text = textOf(now);
  const read = readDefinition(text);
  if (now.wrong !== undefined) {
    expect(read).toEqual({ wrong: now.wrong });
  } else {
    expect('definition' in read && JSON.stringify(read.definition)).toBe(
      JSON.stringify(now.definition),
    );
  }
}

test('after any edits on either side both show the same', () => {
  fc.assert(
    fc.property(
      someDefinition,
      fc.array(fc.oneof(graphActs, textActs, stepActs), { maxLength: 12 }),
      (definition, acts) => {
        let steps = begin(definition);
        let at = 0;
        for (const act of acts) {
          steps = act(steps, (at += 1000));
          isInStep(steps);
        }
        // All that was done can be undone step by step, and be done again.
        const end = textOf(steps.now);
        let count = 0;
        for (; steps.past.length > 0; ++count) {
          steps = undo(steps);
          isInStep(steps);
        }
        expect(JSON.stringify(steps.now.definition)).toBe(JSON.stringify(definition));
        for (; count > 0; --count) {
          steps = redo(steps);
        }
        expect(textOf(steps.now)).toBe(end);
      },
    ),
  );
});

test('what only the JSON can show outlives every edit of the graph', () => {
  fc.assert(
    fc.property(
      someDefinition,
      fc.array(graphActs, { maxLength: 10 }),
      extra,
      (made, acts, more) => {
        // A task that no act names, with everything that no form knows.
        const odd = {
          type: 'Odd',
          deep: [more, { nextTask: 'nowhere' }],
          'x-number': parseJson('12345678901234567890'),
        };
        const definition = {
          ...made,
          more,
          tasks: { ...made.tasks, 'Odd one': odd },
        } as Definition;
        let steps = begin(definition);
        let at = 0;
        for (const act of acts) {
          const before = steps;
          steps = act(steps, (at += 1000));
          // An act of this very task may do what it says.
          if (
            JSON.stringify(taskAt(steps.now.definition, '/tasks/Odd one')) !== JSON.stringify(odd)
          ) {
            steps = before;
          }
        }
        const text = textOf(steps.now);
        expect(text).toContain('12345678901234567890');
        expect(JSON.stringify((parseJson(text) as { more: Json }).more)).toBe(JSON.stringify(more));
      },
    ),
  );
});

test('an edit of the graph while the text is broken can be undone to the broken text', () => {
  fc.assert(
    fc.property(someDefinition, fc.nat(), (definition, cut) => {
      const broken = printJson(definition).slice(0, cut % 20);
      const steps = type(begin(definition), broken, 1);
      const moved = edit(
        steps,
        edits.moveTask(definition, tasksOf(definition)[0]!.place, { x: 1, y: 1 }),
        '',
        2,
      );
      expect(textOf((moved === steps ? moved : undo(moved)).now)).toBe(broken);
    }),
  );
});

test('letters of one field are one step, other edits are their own', () => {
  const definition: Definition = {
    name: '',
    startTask: 'A',
    tasks: { A: { type: 'Simple', end: true } },
  };
  let steps = begin(definition);
  steps = edit(steps, { ...definition, name: 'a' }, 'name', 10);
  steps = edit(steps, { ...definition, name: 'ab' }, 'name', 20);
  expect(steps.past.length).toBe(1);
  steps = edit(steps, { ...definition, name: 'abc' }, 'name', 2000);
  expect(steps.past.length).toBe(2);
  steps = edit(steps, edits.moveTask(definition, '/tasks/A', { x: 1, y: 1 }), '', 2001);
  steps = edit(steps, edits.moveTask(definition, '/tasks/A', { x: 2, y: 2 }), '', 2002);
  expect(steps.past.length).toBe(4);
});

test('every task has its place in the graph, inside of its branch', () => {
  fc.assert(
    fc.property(someDefinition, (definition) => {
      const items = new Placement().of(definition);
      const boxes = items.flatMap((item) => (item.kind === 'lane' ? [] : [item.box]));
      expect(boxes.map((box) => box.place).sort()).toEqual(
        tasksOf(definition)
          .map((one) => one.place)
          .sort(),
      );
      const lanes = new Map(
        items.flatMap((item) => (item.kind === 'lane' ? [[item.lane.scope, item.lane]] : [])),
      );
      for (const box of boxes.filter((one) => one.scope !== '')) {
        const lane = lanes.get(box.scope)!;
        expect(box.x >= 0 && box.y >= 0).toBe(true);
        expect(box.x + box.width).toBeLessThanOrEqual(lane.width);
        expect(box.y + box.height).toBeLessThanOrEqual(lane.height);
      }
      for (const { scope, parallel, index } of lanes.values()) {
        expect(asList(taskAt(definition, parallel)!.branches).length).toBeGreaterThan(index);
        expect(placeOf(scope, 'x').startsWith(parallel)).toBe(true);
      }
    }),
  );
});
