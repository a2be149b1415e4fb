// A plain layout for large graphs: each task below all that lead to it, near them. Its time grows
// with tasks and routes alone.
import type { Point, Size } from './layout';

interface Way {
  from: string;
  to: string;
}

// How deep each task stands; routes that lead back do not count.
export function ranksOf(names: string[], routes: Way[], start: string): Map<string, number> {
  const next = new Map<string, string[]>(names.map((name) => [name, []]));
  for (const { from, to } of routes) {
    next.get(from)!.push(to);
  }
  const isOpen = new Map<string, boolean>();
  const done: string[] = [];
  const back = new Set<string>();
  for (const first of next.has(start) ? [start, ...names] : names) {
    if (isOpen.has(first)) {
      continue;
    }
    isOpen.set(first, true);
    const stack = [{ name: first, at: 0 }];
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const to = next.get(top.name)![top.at++];
      if (to === undefined) {
        stack.pop();
        isOpen.set(top.name, false);
        done.push(top.name);
      } else if (!isOpen.has(to)) {
        isOpen.set(to, true);
        stack.push({ name: to, at: 0 });
      } else if (isOpen.get(to)) {
        back.add(`${top.name}\n${to}`);
      }
    }
  }
  const ranks = new Map<string, number>(names.map((name) => [name, 0]));
  for (const name of done.reverse()) {
    for (const to of next.get(name)!) {
      if (!back.has(`${name}\n${to}`)) {
        ranks.set(to, Math.max(ranks.get(to)!, ranks.get(name)! + 1));
      }
    }
  }
  return ranks;
}

export function layered(
  sizes: Map<string, Size>,
  routes: Way[],
  ranks: Map<string, number>,
  gap: Point,
): Map<string, Point> {
  const layers: string[][] = [];
  for (const [name, rank] of ranks) {
    (layers[rank] ??= []).push(name);
  }
  const before = new Map<string, string[]>();
  for (const { from, to } of routes) {
    if (ranks.get(from)! < ranks.get(to)!) {
      before.set(to, [...(before.get(to) ?? []), from]);
    }
  }
  const middles = new Map<string, number>();
  const points = new Map<string, Point>();
  let y = 0;
  for (const layer of layers) {
    const wanted = new Map(
      layer.map((name) => [name, mean((before.get(name) ?? []).map((one) => middles.get(one)!))]),
    );
    const ordered = [...layer].sort((a, b) => wanted.get(a)! - wanted.get(b)!);
    const width = ordered.reduce((sum, name) => sum + sizes.get(name)!.width + gap.x, -gap.x);
    let x = mean([...wanted.values()]) - width / 2;
    for (const name of ordered) {
      const size = sizes.get(name)!;
      points.set(name, { x, y });
      middles.set(name, x + size.width / 2);
      x += size.width + gap.x;
    }
    y += Math.max(...layer.map((name) => sizes.get(name)!.height)) + gap.y;
  }
  const left = Math.min(...[...points.values()].map((point) => point.x));
  for (const point of points.values()) {
    point.x -= left;
  }
  return points;
}

const mean = (numbers: number[]) =>
  numbers.length === 0 ? 0 : numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
