// The plain layers: every task once, below what leads to it, none over another; fast when large.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { layered, ranksOf } from './layered';

const someGraph = fc.integer({ min: 1, max: 40 }).chain((count) => {
  const name = fc.nat(count - 1).map(String);
  return fc.record({
    names: fc.constant(Array.from({ length: count }, (_, index) => String(index))),
    routes: fc.array(fc.record({ from: name, to: name }), { maxLength: 80 }),
    start: name,
  });
});

test('no task stands on another, and routes lead down unless they close a circle', () => {
  fc.assert(
    fc.property(someGraph, ({ names, routes, start }) => {
      const sizes = new Map(names.map((name) => [name, { width: 100 + Number(name), height: 50 }]));
      const ranks = ranksOf(names, routes, start);
      const points = layered(sizes, routes, ranks, { x: 10, y: 10 });
      expect([...points.keys()].sort()).toEqual([...names].sort());
      for (const a of names) {
        for (const b of names.filter((one) => one !== a)) {
          const [p, q] = [points.get(a)!, points.get(b)!];
          const isApart =
            p.x + sizes.get(a)!.width <= q.x ||
            q.x + sizes.get(b)!.width <= p.x ||
            p.y + 50 <= q.y ||
            q.y + 50 <= p.y;
          expect(isApart).toBe(true);
        }
      }
      // With no route that leads to an earlier name there is no circle.
      const forward = routes.filter(({ from, to }) => Number(from) < Number(to));
      const deep = ranksOf(names, forward, '0');
      for (const { from, to } of forward) {
        expect(deep.get(from)!).toBeLessThan(deep.get(to)!);
      }
    }),
  );
});

test('a chain of thousands of tasks is laid out', () => {
  const names = Array.from({ length: 5000 }, (_, index) => String(index));
  const routes = names.slice(1).flatMap((to) => [
    { from: String(Number(to) - 1), to },
    { from: '0', to },
  ]);
  expect(ranksOf(names, routes, '0').get('4999')).toBe(4999);
});
