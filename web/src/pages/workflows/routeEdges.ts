// The routes of a definition as edges of its graph, led past the tasks where dagre has laid them.
import { MarkerType } from '@xyflow/react';
import { routesIn, scopeAt, type Definition } from './definition';
import { laneInset, shortLabel, type Box, type Item, type Placement } from './layout';
import type { RouteEdge } from './RouteLine';

// Between two routes that lead back side by side.
const wayWidth = 16;
const wayGap = 4;

export const arrow = { type: MarkerType.ArrowClosed, width: 18, height: 18 };

export function routeEdges(
  definition: Definition,
  items: Item[],
  placement: Placement,
): RouteEdge[] {
  const scopes = ['', ...items.flatMap((item) => (item.kind === 'lane' ? [item.lane.scope] : []))];
  const boxes = new Map(
    items.flatMap((item) =>
      item.kind === 'lane' ? [] : [[`${item.box.scope} ${item.box.name}`, item.box]],
    ),
  );
  return scopes.flatMap((scope) => {
    const inScope = [...boxes.values()].filter((box) => box.scope === scope);
    // Right of all tasks between two: for routes that lead back up.
    const beside = (from: Box, to: Box) => {
      const [top, bottom] = [Math.min(from.top, to.top), Math.max(from.top, to.top)];
      const between = inScope.filter((box) => box.top + box.height >= top && box.top <= bottom);
      return Math.max(...between.map((box) => box.left + box.width));
    };
    let ways = 0;
    const lines = placement.linesOf(scope);
    return routesIn(scopeAt(definition, scope)!, scope).map((route, index): RouteEdge => {
      const from = boxes.get(`${scope} ${route.from}`)!;
      const to = boxes.get(`${scope} ${route.to}`)!;
      const inset = scope === '' ? { x: 0, y: 0 } : laneInset;
      const line = lines?.[index];
      const laid = line && {
        line,
        corner: { x: from.left - from.x + inset.x, y: from.top - from.y + inset.y },
        source: { x: from.left + from.width / 2, y: from.top + from.height },
        target: { x: to.left + to.width / 2, y: to.top },
      };
      return {
        id: `${from.place} ${route.kind} ${route.choice}`,
        source: from.place,
        target: to.place,
        label: shortLabel(route.label),
        type: 'route',
        markerEnd: arrow,
        data: {
          route,
          height: from.height,
          width: Math.max(from.width, to.width),
          ...(to.top <= from.top
            ? { side: beside(from, to) + wayWidth * ++ways, shift: (ways % 3) * wayGap }
            : {}),
          ...(laid ? { laid } : {}),
        },
      };
    });
  });
}
