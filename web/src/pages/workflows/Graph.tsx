// The definition as a graph that flows downward. Positions a person gave live in the task's metadata.
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
} from '@xyflow/react';
import '@xyflow/react/dist/style.css';
import { memo, useMemo } from 'react';
import type { Json, Task } from '../../http-task/Request';
import { Method } from '../../parts/Parts';
import { routesOf, type Definition } from './definition';

const width = 220;
const height = 52;

type TaskNode = Node<{ name: string; task: Task; isStart: boolean; problems: number; state?: string }>;

function brief(task: Task) {
  const request = task.httpRequest as { method?: string; url?: string } | undefined;
  if (task.type === 'Http') {
    const url = (request?.url ?? '').replace(/^https?:\/\/[^/]*/, '');
    return (
      <>
        <Method name={request?.method ?? 'GET'} /> <span className="mono">{url || request?.url}</span>
      </>
    );
  }
  if (task.type === 'Wait') {
    return <>wait {String(task.seconds ?? task.timestamp ?? 'until an expression says')}</>;
  }
  return <>{String(task.type ?? '')}</>;
}

const TaskBox = memo(function TaskBox({ data, selected }: NodeProps<TaskNode>) {
  return (
    <div
      className={`task-box ${selected ? 'selected' : ''} ${data.problems > 0 ? 'wrong' : ''} ${data.state ?? ''}`}
    >
      <Handle type="target" position={Position.Top} />
      <div className="name">
        {data.isStart ? <span className="soft">▸ </span> : null}
        {data.name}
        {data.problems > 0 ? (
          <span className="problems" title={`${data.problems} problems`}>
            {data.problems}
          </span>
        ) : null}
      </div>
      <div className="brief">{brief(data.task)}</div>
      <Handle type="source" position={Position.Bottom} />
    </div>
  );
});
const nodeTypes = { task: TaskBox };

function placed(task: Task): { x: number; y: number } | undefined {
  const metadata = task.metadata as { position?: { x?: Json; y?: Json } } | undefined;
  const at = metadata?.position;
  return typeof at?.x === 'number' && typeof at.y === 'number' ? { x: at.x, y: at.y } : undefined;
}

interface GraphProps {
  definition: Definition;
  selected?: string | undefined;
  problems: Map<string, number>;
  states?: Map<string, string>;
  onSelect: (name: string | undefined) => void;
  onMove?: (name: string, position: { x: number; y: number }) => void;
  onConnect?: (from: string, to: string) => void;
  onRemove?: (name: string) => void;
}

export function Graph(props: GraphProps) {
  const { definition, selected, problems, states } = props;
  const routes = useMemo(() => routesOf(definition), [definition]);
  const laidOut = useMemo(() => {
    const graph = new Layout();
    graph.setGraph({ rankdir: 'TB', nodesep: 32, ranksep: 44 });
    graph.setDefaultEdgeLabel(() => ({}));
    for (const name of Object.keys(definition.tasks)) {
      graph.setNode(name, { width, height });
    }
    for (const { from, to } of routes) {
      graph.setEdge(from, to);
    }
    layout(graph);
    return graph;
  }, [definition.tasks, routes]);

  const nodes: TaskNode[] = Object.entries(definition.tasks).map(([name, task]) => {
    const at = laidOut.node(name) as { x: number; y: number };
    const state = states?.get(name);
    return {
      id: name,
      type: 'task',
      position: placed(task) ?? { x: at.x - width / 2, y: at.y - height / 2 },
      width,
      height,
      selected: name === selected,
      data: {
        name,
        task,
        isStart: name === definition.startTask,
        problems: problems.get(name) ?? 0,
        ...(state ? { state } : {}),
      },
    };
  });
  const edges: Edge[] = routes.map(({ from, to, label }, index) => ({
    id: `${index} ${from} ${to}`,
    source: from,
    target: to,
    label,
    type: 'smoothstep',
    markerEnd: { type: MarkerType.ArrowClosed },
  }));
  return (
    <ReactFlow
      nodes={nodes}
      edges={edges}
      nodeTypes={nodeTypes}
      fitView
      fitViewOptions={{ maxZoom: 1, padding: 0.15 }}
      minZoom={0.1}
      proOptions={{ hideAttribution: true }}
      onNodeClick={(_, node) => props.onSelect(node.id)}
      onPaneClick={() => props.onSelect(undefined)}
      onNodeDragStop={(_, node) => props.onMove?.(node.id, node.position)}
      onConnect={({ source, target }) => props.onConnect?.(source, target)}
      onNodesDelete={(gone) => gone.forEach((one) => props.onRemove?.(one.id))}
      nodesConnectable={Boolean(props.onConnect)}
      nodesDraggable={Boolean(props.onMove)}
      deleteKeyCode={props.onRemove ? ['Delete'] : null}
      colorMode="system"
    >
      <Background gap={16} />
      <Controls showInteractive={false} />
    </ReactFlow>
  );
}
