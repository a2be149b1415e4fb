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
type Flow = ReactFlowInstance<AnyNode, RouteEdge>;

const fit = { maxZoom: 1, padding: 0.12 };
const readableZoom = 0.8;
// Left free around the graph.
const edge = 24;

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

// The task that one wants to see: what failed, else what runs; the start when there is neither.
function focusOf(latest: Progress['latest']) {
  const rows = [...latest.values()];
  const failed = rows.findLast(({ status }) => status === 'Failed' || status === 'TimedOut');
  // The branches of a Parallel task run inside of it.
  const running = rows.findLast(({ status }) => status === 'InProgress');
  return (failed ?? running)?.taskName;
}

// Where to look when the whole would be too small to read: at the middle of the task, without
// looking past the graph's edges. Undefined when the whole fits.
function viewportOf(flow: Flow, view: HTMLElement, focus: string | undefined) {
  const whole = flow.getNodesBounds(flow.getNodes());
  const { clientWidth: width, clientHeight: height } = view;
  const fits =
    width / (whole.width + 2 * edge) >= readableZoom &&
    height / (whole.height + 2 * edge) >= readableZoom;
  if (fits) {
    return undefined;
  }
  const node = nodeNamed(flow, focus);
  const box = node
    ? flow.getNodesBounds([node])
    : { x: whole.x, y: whole.y, width: whole.width, height: 0 };
  const along = (from: number, size: number, middle: number, room: number) => {
    const shown = room / readableZoom;
    const least = from - edge;
    const most = from + size + edge - shown;
    const start =
      most < least ? (least + most) / 2 : Math.min(most, Math.max(least, middle - shown / 2));
    return -start * readableZoom;
  };
  return {
    x: along(whole.x, whole.width, box.x + box.width / 2, width),
    y: along(whole.y, whole.height, box.y + box.height / 2, height),
    zoom: readableZoom,
  };
}

function show(flow: Flow, view: HTMLElement, focus: string | undefined) {
  const at = viewportOf(flow, view, focus);
  void (at ? flow.setViewport(at) : flow.fitView(fit));
}

function nodeNamed(flow: Flow, name: string | undefined) {
  return flow.getNodes().find(({ data }) => 'name' in data && data.name === name);
}

function isSeen(flow: Flow, view: HTMLElement, name: string | undefined) {
  const node = nodeNamed(flow, name);
  if (!node) {
    return true;
  }
  const { x, y, zoom } = flow.getViewport();
  const box = flow.getNodesBounds([node]);
  const [left, top] = [box.x * zoom + x, box.y * zoom + y];
  return (
    left >= 0 &&
    top >= 0 &&
    left + box.width * zoom <= view.clientWidth &&
    top + box.height * zoom <= view.clientHeight
  );
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

  // The whole graph when that can be read, else its part around what matters now; again when the
  // panel beside it opens, the window changes, or the run has come to another task that is not seen.
  const frame = useRef<HTMLDivElement>(null);
  const [flow, setFlow] = useState<Flow>();
  const focus = selected ?? focusOf(progress.latest);
  const wanted = useRef(focus);
  const isMoved = useRef(false);
  useEffect(() => {
    const view = frame.current;
    if (!flow || !view) {
      return undefined;
    }
    const watcher = new ResizeObserver(() => show(flow, view, wanted.current));
    watcher.observe(view);
    return () => watcher.disconnect();
  }, [flow]);
  useEffect(() => {
    wanted.current = focus;
    const view = frame.current;
    if (flow && view && !isMoved.current && !isSeen(flow, view, focus)) {
      show(flow, view, focus);
    }
  }, [flow, focus]);

  const choose = (node: AnyNode) => {
    if (node.type !== 'lane') {
      onSelect(node.data.name === selected ? undefined : node.data.name);
    }
  };
  return (
    <ReactFlow<AnyNode, RouteEdge>
      ref={frame}
      onInit={setFlow}
      onMoveStart={(event) => {
        isMoved.current ||= event !== null;
      }}
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
