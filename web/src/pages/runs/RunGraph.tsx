// The definition that a run has, drawn as in the editor and coloured by how far the run has come.
import { Graph as Layout, layout } from '@dagrejs/dagre';
import {
  Background,
  Controls,
  Handle,
  MarkerType,
  Position,
  ReactFlow,
  type Edge,
  type Node,
  type NodeProps,
  type ReactFlowInstance,
} from '@xyflow/react';
import '@xyflow/react/dist/style.css';
import { Ban, Check, Clock, LoaderCircle, X } from 'lucide-react';
import { memo, useEffect, useMemo, useRef, useState } from 'react';
import type { Schemas } from '../../api/client';
import type { Task } from '../../http-task/Request';
import { Method } from '../../parts/Parts';
import type { Definition } from '../workflows/definition';
import { pictureOf, progressOf, routeKey } from './picture';
import './graph.css';

const width = 220;
const height = 52;
const fit = { maxZoom: 1, padding: 0.12 };

type TaskNode = Node<{
  name: string;
  task: Task;
  state: string;
  visits: number;
  attempts: number;
  isSelected: boolean;
}>;

const icons: Record<string, typeof Check> = {
  Completed: Check,
  InProgress: LoaderCircle,
  Scheduled: Clock,
  Failed: X,
  TimedOut: X,
  Cancelled: Ban,
};

function Brief({ task }: { task: Task }) {
  if (task.type === 'Http') {
    const request = task.httpRequest as { method?: string; url?: string } | undefined;
    const path = (request?.url ?? '').replace(/^(https?:\/\/|\$\{)[^/]*/, '');
    return (
      <>
        <Method name={request?.method ?? 'GET'} />{' '}
        <span className="mono">{path || request?.url}</span>
      </>
    );
  }
  if (task.type === 'Wait') {
    const { seconds, timestamp } = task;
    return (
      <>
        {typeof seconds === 'number'
          ? `Wait ${seconds} s`
          : `Wait until ${String(timestamp ?? 'an expression says')}`}
      </>
    );
  }
  if (task.type === 'Terminate') {
    return <>End: {String(task.terminationStatus ?? 'Completed')}</>;
  }
  return <>{String(task.type ?? '')}</>;
}

const TaskBox = memo(function TaskBox({ data }: NodeProps<TaskNode>) {
  const { name, task, state, visits, attempts, isSelected } = data;
  const Icon = icons[state];
  const counts = [
    visits > 1 ? `${visits} visits` : '',
    attempts > 1 ? `${attempts} attempts` : '',
  ].filter(Boolean);
  return (
    <>
      <Handle type="target" position={Position.Top} isConnectable={false} />
      <button
        type="button"
        className={`run-box ${state}`}
        aria-pressed={isSelected}
      >
        <span className="name">
          <span>
            {name} <span className="visually-hidden">({state || 'not begun'})</span>
          </span>
          {Icon ? <Icon size={15} aria-hidden /> : null}
        </span>
        <span className="brief">
          <span>
            <Brief task={task} />
          </span>
          {counts.length > 0 ? <span className="counts">{counts.join(', ')}</span> : null}
        </span>
      </button>
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
      <Handle id="back-in" type="target" position={Position.Right} isConnectable={false} />
      <Handle id="back-out" type="source" position={Position.Right} isConnectable={false} />
    </>
  );
});
const nodeTypes = { task: TaskBox };

function placed(task: Task): { x: number; y: number } | undefined {
  const at = (task.metadata as { position?: { x?: unknown; y?: unknown } } | undefined)?.position;
  return typeof at?.x === 'number' && typeof at.y === 'number' ? { x: at.x, y: at.y } : undefined;
}

interface RunGraphProps {
  definition: Definition;
  rows: Schemas['TaskRow'][];
  transitions: Schemas['Transition'][];
  selected?: string | undefined;
  onSelect: (taskName: string | undefined) => void;
}

export function RunGraph({ definition, rows, transitions, selected, onSelect }: RunGraphProps) {
  const picture = useMemo(() => pictureOf(definition), [definition]);
  const places = useMemo(() => {
    const graph = new Layout();
    graph.setGraph({ rankdir: 'TB', nodesep: 32, ranksep: 44 });
    graph.setDefaultEdgeLabel(() => ({}));
    for (const name of picture.tasks.keys()) {
      graph.setNode(name, { width, height });
    }
    for (const { from, to } of picture.routes) {
      graph.setEdge(from, to);
    }
    layout(graph);
    return new Map(
      [...picture.tasks].map(([name, task]) => {
        const { x, y } = graph.node(name) as { x: number; y: number };
        return [name, placed(task) ?? { x: x - width / 2, y: y - height / 2 }];
      }),
    );
  }, [picture]);
  const progress = useMemo(
    () => progressOf(picture, rows, transitions),
    [picture, rows, transitions],
  );

  const nodes: TaskNode[] = [...picture.tasks].map(([name, task]) => ({
    id: name,
    type: 'task',
    position: places.get(name) ?? { x: 0, y: 0 },
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
  }));
  const edges: Edge[] = picture.routes.map(({ from, to, label }, index) => {
    const isTaken = progress.taken.has(routeKey(from, to));
    const [above, below] = [places.get(from), places.get(to)];
    // A route back up goes around the tasks, at their side.
    const isBack = above !== undefined && below !== undefined && below.y <= above.y;
    return {
      id: `${index}`,
      source: from,
      target: to,
      ...(label ? { label } : {}),
      ...(isBack ? { sourceHandle: 'back-out', targetHandle: 'back-in' } : {}),
      type: above?.x === below?.x && !isBack ? 'straight' : 'smoothstep',
      className: isTaken ? 'taken' : '',
      markerEnd: {
        type: MarkerType.ArrowClosed,
        color: isTaken ? 'var(--soft)' : 'var(--run-edge)',
      },
    };
  });
  // The whole graph stays in view when the panel beside it opens or the window changes.
  const frame = useRef<HTMLDivElement>(null);
  const [flow, setFlow] = useState<ReactFlowInstance<TaskNode>>();
  useEffect(() => {
    if (!flow || !frame.current) {
      return undefined;
    }
    const watcher = new ResizeObserver(() => void flow.fitView(fit));
    watcher.observe(frame.current);
    return () => watcher.disconnect();
  }, [flow]);
  return (
    <ReactFlow
      ref={frame}
      onInit={setFlow}
      nodes={nodes}
      edges={edges}
      nodeTypes={nodeTypes}
      fitView
      fitViewOptions={fit}
      minZoom={0.1}
      proOptions={{ hideAttribution: true }}
      onNodeClick={(_, node) => onSelect(node.id === selected ? undefined : node.id)}
      onPaneClick={() => onSelect(undefined)}
      nodesConnectable={false}
      nodesDraggable={false}
      nodesFocusable={false}
      edgesFocusable={false}
      elementsSelectable={false}
      zoomOnScroll={false}
      preventScrolling={false}
      onlyRenderVisibleElements={picture.tasks.size > 100}
      colorMode="system"
    >
      <Background gap={16} />
      <Controls showInteractive={false} />
    </ReactFlow>
  );
}
