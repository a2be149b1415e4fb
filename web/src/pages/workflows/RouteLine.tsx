// A route in the graph: down from its task, and across just above the next one, where nothing stands.
import { BaseEdge, getSmoothStepPath, type Edge, type EdgeProps } from '@xyflow/react';
import { memo } from 'react';
import type { Route } from './definition';

export type RouteEdge = Edge<{ route: Route }, 'route'>;

const above = 22;

const RouteLine = memo(function RouteLine(props: EdgeProps<RouteEdge>) {
  const { sourceX, sourceY, sourcePosition, targetX, targetY, targetPosition } = props;
  const isDownward = targetY > sourceY + 2 * above;
  const [path, labelX, labelY] = getSmoothStepPath({
    ...{ sourceX, sourceY, sourcePosition, targetX, targetY, targetPosition },
    ...(isDownward ? { centerY: targetY - above } : {}),
  });
  return (
    <BaseEdge
      path={path}
      label={props.label}
      labelX={labelX}
      labelY={labelY}
      labelBgPadding={[4, 2]}
      labelBgBorderRadius={4}
      {...(props.markerEnd === undefined ? {} : { markerEnd: props.markerEnd })}
    />
  );
});

export const edgeTypes = { route: RouteLine };
