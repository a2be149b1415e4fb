// The definition that a run has, laid out as in the editor and coloured by how far the run has come.
import { Background, Controls, ReactFlow, type ReactFlowInstance } from '@xyflow/react';
import '@xyflow/react/dist/style.css';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { Schemas } from '../../api/client';
import type { Definition } from '../workflows/definition';
import { Placement, type Item } from '../workflows/layout';
import { arrow, routeEdges } from '../workflows/routeEdges';
import { edgeTypes, type RouteEdge } from '../workflows/RouteLine';
import { progressOf, routeKey, type Progress } from './progress';
import { nodeTypes, type LaneNode, type TaskNode } from './RunBox';
import './graph.css';

type AnyNode = TaskNode | LaneNode;

const fit = { maxZoom: 1, padding: 0.12 };

function nodeOf(item: Item, progress: Progress, selected: string | undefined): AnyNode {
  if (item.kind === 'lane') {
    const { scope, parallel, index, x, y, width, height } = item.lane;
    return {
      id: scope,
      type: 'lane',
      parentId: parallel,
      position: { x, y },
      width,
      height,
      data: { index },
    };
  }
  const { place, scope, name, task, x, y, width, height } = item.box;
  return {
    id: place,
    type: item.kind,
    ...(scope === '' ? {} : { parentId: scope }),
    position: { x, y },
    width,
    height,
    data: {
      name,
      task,
      state: progress.latest.get(name)?.status ?? '',
      visits: progress.visits.get(name) ?? 0,
      attempts: progress.attempts.get(name) ?? 0,
      isSelected: name === selected,
    },
  };
}

function edgesOf(definition: Definition, items: Item[], placement: Placement, taken: Set<string>) {
  return routeEdges(definition, items, placement).map((edge): RouteEdge => {
    const { from, to } = edge.data!.route;
    const isTaken = taken.has(routeKey(from, to));
    return {
      ...edge,
      className: isTaken ? 'taken' : '',
      markerEnd: { ...arrow, color: isTaken ? 'var(--soft)' : 'var(--run-edge)' },
    };
  });
}

interface RunGraphProps {
  definition: Definition;
  rows: Schemas['TaskRow'][];
  transitions: Schemas['Transition'][];
  selected?: string | undefined;
  onSelect: (taskName: string | undefined) => void;
}

export function RunGraph({ definition, rows, transitions, selected, onSelect }: RunGraphProps) {
  const [placement] = useState(() => new Placement());
  const items = useMemo(() => placement.of(definition), [placement, definition]);
  const progress = useMemo(() => progressOf(rows, transitions), [rows, transitions]);
  const nodes = useMemo(
    () => items.map((item) => nodeOf(item, progress, selected)),
    [items, progress, selected],
  );
  const edges = useMemo(
    () => edgesOf(definition, items, placement, progress.taken),
    [definition, items, placement, progress.taken],
  );

  // The whole graph stays in view when the panel beside it opens or the window changes.
  const frame = useRef<HTMLDivElement>(null);
  const [flow, setFlow] = useState<ReactFlowInstance<AnyNode, RouteEdge>>();
  useEffect(() => {
    if (!flow || !frame.current) {
      return undefined;
    }
    const watcher = new ResizeObserver(() => void flow.fitView(fit));
    watcher.observe(frame.current);
    return () => watcher.disconnect();
  }, [flow]);

  const choose = (node: AnyNode) => {
    if (node.type !== 'lane') {
      onSelect(node.data.name === selected ? undefined : node.data.name);
    }
  };
  return (
    <ReactFlow<AnyNode, RouteEdge>
      ref={frame}
      onInit={setFlow}
      nodes={nodes}
      edges={edges}
      nodeTypes={nodeTypes}
      edgeTypes={edgeTypes}
      fitView
      fitViewOptions={fit}
      minZoom={0.1}
      proOptions={{ hideAttribution: true }}
      onNodeClick={(_, node) => choose(node)}
      onPaneClick={() => onSelect(undefined)}
      nodesConnectable={false}
      nodesDraggable={false}
      nodesFocusable={false}
      edgesFocusable={false}
      elementsSelectable={false}
      zoomOnScroll={false}
      preventScrolling={false}
      onlyRenderVisibleElements={items.length > 100}
      colorMode="system"
    >
      <Background gap={16} />
      <Controls showInteractive={false} />
    </ReactFlow>
  );
}
