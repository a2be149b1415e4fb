// Where the tasks of a definition stand: where a person put them, else where dagre does. A branch is
// a lane inside its Parallel task, laid out by itself.
import { Graph as Layout, layout } from '@dagrejs/dagre';
import { layered, ranksOf } from './layered';
import {
  branchesOf,
  branchOf,
  placed,
  placeOf,
  routesIn,
  type Scope,
  type Task,
} from './definition';

export const taskWidth = 220;
export const taskHeight = 52;
// Where the tasks of a branch begin in its lane; their positions count from there.
export const laneInset = { x: 16, y: 46 };
const pad = 16;
const gapX = 32;
const gapY = 44;

export interface Size {
  width: number;
  height: number;
}
export interface Box extends Size {
  place: string;
  scope: string;
  name: string;
  task: Task;
  isStart: boolean;
  // From the corner of the lane that holds it, or of the whole.
  x: number;
  y: number;
  // From the corner of the whole.
  left: number;
  top: number;
}
export interface Lane extends Size {
  scope: string;
  parallel: string;
  index: number;
  isEmpty: boolean;
  x: number;
  y: number;
}
// Holders come before what they hold.
export type Item = { kind: 'task' | 'parallel'; box: Box } | { kind: 'lane'; lane: Lane };

export interface Point {
  x: number;
  y: number;
}
type Points = Map<string, Point>;

// How dagre leads a route past the tasks, from the corner of what holds them.
export interface Line {
  via: Point[];
  label: Point | undefined;
}

// Dagre takes seconds for more ranks that routes pass; above this the plain layers do.
const passedMax = 500;

const labelMax = 36;
const letterWidth = 7;
export const shortLabel = (label: string) =>
  label.length > labelMax ? `${label.slice(0, labelMax)}…` : label;

type Laid = { items: Item[] } & Size;

const shifted = (items: Item[], dx: number, dy: number) =>
  items.map((item): Item =>
    item.kind === 'lane'
      ? item
      : { ...item, box: { ...item.box, left: item.box.left + dx, top: item.box.top + dy } },
  );
const inset = (item: Exclude<Item, { kind: 'lane' }>): Item => ({
  ...item,
  box: { ...item.box, x: item.box.x + laneInset.x, y: item.box.y + laneInset.y },
});

// Dagre is asked again only when names, sizes or routes have changed.
export class Placement {
  private known = new Map<string, { signature: string; points: Points; lines: Line[] }>();
  private free = new Set<string>();

  of(scope: Scope): Item[] {
    this.free.clear();
    return this.scope(scope, '').items;
  }

  // The lines of a scope's routes, in their order, when nobody has put its tasks anywhere.
  linesOf(at: string): Line[] | undefined {
    return this.free.has(at) ? this.known.get(at)?.lines : undefined;
  }

  private scope(scope: Scope, at: string): Laid {
    const inner = new Map<string, Laid>();
    const sizes = new Map<string, Size>();
    for (const [name, task] of Object.entries(scope.tasks)) {
      if (branchesOf(task).length > 0) {
        inner.set(name, this.branches(task, placeOf(at, name)));
      }
      sizes.set(name, inner.get(name) ?? { width: taskWidth, height: taskHeight });
    }
    const points = this.points(scope, at, sizes);
    const items: Item[] = [];
    let [width, height] = [0, 0];
    for (const [name, task] of Object.entries(scope.tasks)) {
      const { x, y } = points.get(name)!;
      const size = sizes.get(name)!;
      const held = inner.get(name);
      const isStart = scope.startTask === name;
      const box: Box = {
        ...{ place: placeOf(at, name), scope: at, name, task, isStart },
        ...{ x, y, left: x, top: y, width: size.width, height: size.height },
      };
      items.push(
        { kind: held ? 'parallel' : 'task', box },
        ...(held ? shifted(held.items, x, y) : []),
      );
      width = Math.max(width, x + size.width);
      height = Math.max(height, y + size.height);
    }
    return { items, width, height };
  }

  // The lanes of a Parallel task side by side, from its corner.
  private branches(task: Task, parallel: string): Laid {
    const lanes = branchesOf(task).map(({ index, branch }) => {
      const scope = branchOf(parallel, index);
      return { index, branch, scope, laid: this.scope(branch, scope) };
    });
    const tallest = Math.max(...lanes.map(({ laid }) => laid.height), taskHeight);
    const height = tallest + laneInset.y + laneInset.x;
    const items: Item[] = [];
    let x = pad;
    const y = taskHeight;
    for (const { index, branch, scope, laid } of lanes) {
      const width = Math.max(taskWidth, laid.width) + 2 * laneInset.x;
      const isEmpty = Object.keys(branch.tasks).length === 0;
      items.push({ kind: 'lane', lane: { scope, parallel, index, isEmpty, x, y, width, height } });
      for (const item of shifted(laid.items, x + laneInset.x, y + laneInset.y)) {
        items.push(item.kind !== 'lane' && item.box.scope === scope ? inset(item) : item);
      }
      x += width + pad;
    }
    return { items, width: x, height: y + height + pad };
  }

  private points(scope: Scope, at: string, sizes: Map<string, Size>): Points {
    const own: Points = new Map();
    for (const [name, task] of Object.entries(scope.tasks)) {
      const point = placed(task);
      if (point) {
        own.set(name, at === '' ? point : { x: Math.max(0, point.x), y: Math.max(0, point.y) });
      }
    }
    if (own.size === sizes.size) {
      return own;
    }
    const made = this.laidOut(scope, at, sizes);
    if (own.size === 0) {
      this.free.add(at);
      return made;
    }
    return joined(scope, own, made, sizes, at === '' ? -Infinity : 0);
  }

  private laidOut(scope: Scope, at: string, sizes: Map<string, Size>): Points {
    const routes = routesIn(scope);
    const signature = JSON.stringify([
      [...sizes].map(([name, { width, height }]) => [name, width, height]),
      routes.map(({ from, to, label }) => [from, to, shortLabel(label).length]),
      scope.startTask,
    ]);
    const last = this.known.get(at);
    if (last?.signature === signature) {
      return last.points;
    }
    const ranks = ranksOf([...sizes.keys()], routes, scope.startTask);
    const passed = routes.reduce(
      (sum, { from, to }) => sum + Math.abs(ranks.get(to)! - ranks.get(from)!),
      sizes.size,
    );
    if (passed > passedMax) {
      const points = layered(sizes, routes, ranks, { x: gapX, y: gapY });
      this.known.set(at, { signature, points, lines: [] });
      return points;
    }
    const graph = new Layout({ multigraph: true });
    graph.setGraph({ rankdir: 'TB', nodesep: gapX, ranksep: gapY, edgesep: 16 });
    graph.setDefaultEdgeLabel(() => ({}));
    // Dagre keeps its nodes in objects: names like "constructor" would be found in them.
    const ids = new Map([...sizes.keys()].map((name, index) => [name, `task ${index}`]));
    for (const [name, { width, height }] of sizes) {
      graph.setNode(ids.get(name)!, { width, height });
    }
    routes.forEach(({ from, to, label }, index) => {
      const size =
        label === ''
          ? {}
          : { width: shortLabel(label).length * letterWidth, height: 14, labelpos: 'c' };
      graph.setEdge(ids.get(from)!, ids.get(to)!, size, String(index));
    });
    layout(graph);
    const points: Points = new Map();
    for (const [name, { width, height }] of sizes) {
      const node = graph.node(ids.get(name)!) as { x: number; y: number };
      points.set(name, { x: node.x - width / 2, y: node.y - height / 2 });
    }
    const lines = routes.map(({ from, to }, index): Line => {
      const edge = graph.edge(ids.get(from)!, ids.get(to)!, String(index)) as Partial<Point> & {
        points: Point[];
      };
      const { x, y } = edge;
      return {
        via: edge.points.slice(1, -1),
        label: x !== undefined && y !== undefined ? { x, y } : undefined,
      };
    });
    this.known.set(at, { signature, points, lines });
    return points;
  }
}

// What nobody has put anywhere stays where dagre has it, below what somebody has put there. Only
// what is joined to nothing but such tasks follows them.
function joined(
  scope: Scope,
  own: Points,
  made: Points,
  sizes: Map<string, Size>,
  least: number,
): Points {
  const neighbours = new Map<string, string[]>();
  const before = new Map<string, string>();
  for (const { from, to } of routesIn(scope)) {
    neighbours.set(from, [...(neighbours.get(from) ?? []), to]);
    neighbours.set(to, [...(neighbours.get(to) ?? []), from]);
    if (own.has(from)) {
      before.set(to, from);
    }
  }
  const points: Points = new Map(own);
  // What stays gives way to what was put somewhere; what moves, to everything.
  const obstacles = [...own.keys()];
  const bottomOfObstacle = (at: Point, size: Size, names: Iterable<string>) => {
    for (const name of names) {
      const there = points.get(name) ?? made.get(name)!;
      const { width, height } = sizes.get(name)!;
      const isBeside = at.x >= there.x + width || there.x >= at.x + size.width;
      if (!isBeside && at.y < there.y + height && there.y < at.y + size.height) {
        return there.y + height;
      }
    }
    return undefined;
  };
  const rest = [...made].filter(([name]) => !own.has(name)).sort((a, b) => a[1].y - b[1].y);
  for (const [name, point] of rest) {
    const at = { ...point };
    const anchor = before.get(name);
    const follows =
      anchor !== undefined && neighbours.get(name)!.every((one) => one === name || own.has(one));
    if (follows) {
      at.x += own.get(anchor)!.x - made.get(anchor)!.x;
      at.y += own.get(anchor)!.y - made.get(anchor)!.y;
    }
    at.x = Math.max(least, at.x);
    at.y = Math.max(least, at.y);
    const size = sizes.get(name)!;
    const others = follows ? [...made.keys()].filter((one) => one !== name) : obstacles;
    for (
      let bottom = bottomOfObstacle(at, size, others);
      bottom !== undefined;
      bottom = bottomOfObstacle(at, size, others)
    ) {
      at.y = bottom + gapY / 2;
    }
    points.set(name, at);
    if (at.x !== point.x || at.y !== point.y) {
      obstacles.push(name);
    }
  }
  return points;
}
