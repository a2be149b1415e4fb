// A route in the graph: past the tasks as dagre leads it. When somebody has put a task elsewhere, it
// goes down and then across just above the next task.
import { BaseEdge, getSmoothStepPath, type Edge, type EdgeProps } from '@xyflow/react';
import { memo } from 'react';
import type { Route } from './definition';
import type { Line, Point } from './layout';

interface RouteData extends Record<string, unknown> {
  route: Route;
  // Of the task that it comes from, and of the wider of both.
  height: number;
  width: number;
  // Where it leads back up, past all tasks between.
  side?: number;
  // So far from others that do.
  shift?: number;
  // As dagre leads it, from and to these points, when nobody has put a task elsewhere.
  laid?: { line: Line; corner: Point; source: Point; target: Point };
}
export type RouteEdge = Edge<RouteData, 'route'>;

const above = 22;
const near = 8;

// A curve through points that leaves and enters each of them straight down.
function curve(points: { x: number; y: number }[]): string {
  const [first, ...rest] = points;
  let path = `M${first!.x},${first!.y}`;
  let last = first!;
  for (const point of rest) {
    const middle = (last.y + point.y) / 2;
    path += ` C${last.x},${middle} ${point.x},${middle} ${point.x},${point.y}`;
    last = point;
  }
  return path;
}

// Beside the tasks: down, out, along, and back in.
function around(
  source: { x: number; y: number },
  target: { x: number; y: number },
  side: number,
  shift: number,
): string {
  const [out, back] = [source.y + above / 2 + shift, target.y - above + shift];
  return `M${source.x},${source.y} V${out} H${side} V${back} H${target.x} V${target.y}`;
}

const RouteLine = memo(function RouteLine(props: EdgeProps<RouteEdge>) {
  const { sourceX, sourceY, sourcePosition, targetX, targetY, targetPosition, data } = props;
  const { laid, height, width } = data!;
  const isAt = (x: number, y: number, point: Point) =>
    Math.abs(x - point.x) < near && Math.abs(y - point.y) < near;
  const end = { x: targetX, y: targetY };
  let drawn: { path: string; x: number; y: number };
  if (
    laid &&
    isAt(sourceX, sourceY, laid.source) &&
    isAt(targetX, targetY, laid.target) &&
    targetY > sourceY
  ) {
    const { line, corner } = laid;
    const via = line.via.map(({ x, y }) => ({ x: x + corner.x, y: y + corner.y }));
    const label = line.label ?? {
      x: (sourceX + targetX) / 2 - corner.x,
      y: (sourceY + targetY) / 2 - corner.y,
    };
    const path = curve([{ x: sourceX, y: sourceY }, ...via, end]);
    drawn = { path, x: label.x + corner.x, y: label.y + corner.y };
  } else {
    const isDownward = targetY > sourceY + near;
    const isInTheWay = targetY > sourceY + 2 * height && Math.abs(targetX - sourceX) < width / 2;
    const side = data!.side ?? Math.max(sourceX, targetX) + width / 2 + above;
    const isBeside = !isDownward || isInTheWay;
    const [path, x, y] = isBeside
      ? [around({ x: sourceX, y: sourceY }, end, side, data!.shift ?? 0), side, sourceY + above / 2]
      : getSmoothStepPath({
          ...{ sourceX, sourceY, sourcePosition, targetX, targetY, targetPosition },
          centerY: Math.max(targetY - above, (sourceY + targetY) / 2),
        });
    drawn = { path, x, y };
  }
  return (
    <BaseEdge
      path={drawn.path}
      label={
        props.label ? (
          <>
            <title>{data!.route.label}</title>
            {props.label}
          </>
        ) : null
      }
      labelX={drawn.x}
      labelY={drawn.y}
      labelBgPadding={[4, 2]}
      labelBgBorderRadius={4}
      {...(props.markerEnd === undefined ? {} : { markerEnd: props.markerEnd })}
    />
  );
});

export const edgeTypes = { route: RouteLine };
