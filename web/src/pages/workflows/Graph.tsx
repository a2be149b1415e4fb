// The definition as a graph that flows downward, by mouse and by keyboard. Positions a person gave
// live in the task's metadata; while a task is dragged, nothing but its box changes.
import {
  applyNodeChanges,
  Background,
  Controls,
  Position,
  ReactFlow,
  type NodeChange,
  type NodeHandle,
  type ReactFlowInstance,
} from '@xyflow/react';
import '@xyflow/react/dist/style.css';
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { shownText } from '../../parts/json';
import { find, split, type Definition, type Route } from './definition';
import { laneInset, Placement, type Box, type Item } from './layout';
import { routeEdges } from './routeEdges';
import { edgeTypes, type RouteEdge } from './RouteLine';
import { Actions, nodeTypes, type BoxActions, type LaneNode, type TaskNode } from './TaskBox';

type AnyNode = TaskNode | LaneNode;

const readableZoom = 0.8;

export interface GraphEdits extends BoxActions {
  move: (place: string, position: { x: number; y: number }) => void;
  connect: (scope: string, from: string, to: string) => void;
  reroute: (route: Route, to: string | undefined) => void;
  remove: (place: string) => void;
  open: (place: string) => void;
}

interface GraphProps {
  definition: Definition;
  // A task's name, or its place.
  selected?: string | undefined;
  // By place.
  problems?: Map<string, number>;
  // By name: how a run went.
  states?: Map<string, string>;
  onSelect: (name: string | undefined, place: string | undefined) => void;
  edits?: GraphEdits;
}

const noProblems = new Map<string, number>();

const handles = new Map<string, NodeHandle[]>();
function handlesOf(width: number, height: number): NodeHandle[] {
  const key = `${width} ${height}`;
  const middle = { x: width / 2 - 0.5, width: 1, height: 1 };
  const made = handles.get(key) ?? [
    { type: 'target', position: Position.Top, y: 0, ...middle },
    { type: 'source', position: Position.Bottom, y: height, ...middle },
  ];
  handles.set(key, made);
  return made;
}

function nodeOf(item: Item, props: GraphProps, selected: string | undefined): AnyNode {
  if (item.kind === 'lane') {
    const { scope, parallel, index, isEmpty, x, y, width, height } = item.lane;
    return {
      id: scope,
      type: 'lane',
      parentId: parallel,
      position: { x, y },
      width,
      height,
      measured: { width, height },
      draggable: false,
      selectable: false,
      data: { scope, parallel, index, isEmpty },
    };
  }
  const { place, scope, name, task, isStart, x, y, width, height } = item.box;
  const state = props.states?.get(name);
  return {
    id: place,
    type: item.kind,
    ...(scope === '' ? {} : { parentId: scope }),
    position: { x, y },
    width,
    height,
    measured: { width, height },
    handles: handlesOf(width, height),
    selected: place === selected,
    data: {
      name,
      task,
      isStart,
      problems: (props.problems ?? noProblems).get(place) ?? 0,
      ...(state ? { state } : {}),
    },
  };
}

// A node that says the same as before stays the same object, so that its box is not drawn again.
function isSame(a: AnyNode, b: AnyNode): boolean {
  const data = Object.entries(a.data);
  return (
    a.type === b.type &&
    a.parentId === b.parentId &&
    a.selected === b.selected &&
    a.width === b.width &&
    a.height === b.height &&
    a.position.x === b.position.x &&
    a.position.y === b.position.y &&
    data.length === Object.keys(b.data).length &&
    data.every(([field, value]) => (b.data as Record<string, unknown>)[field] === value)
  );
}

const chosenOf = (edges: RouteEdge[], chosen: string | undefined) =>
  edges.map((edge) => ({ ...edge, selected: edge.id === chosen }));

// Routes as they were before, when they are the same, so that they are not drawn again.
function asBefore(before: RouteEdge[], made: RouteEdge[]): RouteEdge[] {
  const known = new Map(before.map((edge) => [edge.id, edge]));
  const edges = made.map((edge) => {
    const was = known.get(edge.id);
    const isSame =
      was !== undefined &&
      !edge.data!.laid &&
      !was.data!.laid &&
      was.target === edge.target &&
      was.selected === edge.selected &&
      was.data!.height === edge.data!.height &&
      was.data!.width === edge.data!.width &&
      was.data!.side === edge.data!.side &&
      was.data!.route.label === edge.data!.route.label;
    return isSame ? was : edge;
  });
  const isWhole =
    edges.length === before.length && edges.every((edge, index) => edge === before[index]);
  return isWhole ? before : edges;
}

// The next box in a direction, nearer ones and those straight ahead first.
function neighbour(boxes: Box[], from: Box, key: string): Box | undefined {
  const middle = (box: Box) => ({ x: box.left + box.width / 2, y: box.top });
  const here = middle(from);
  let best: { box: Box; cost: number } | undefined;
  for (const box of boxes) {
    const [dx, dy] = [middle(box).x - here.x, middle(box).y - here.y];
    const ahead = { ArrowDown: dy, ArrowUp: -dy, ArrowRight: dx, ArrowLeft: -dx }[key]!;
    const aside = key === 'ArrowDown' || key === 'ArrowUp' ? Math.abs(dx) : Math.abs(dy);
    const cost = ahead + 2 * aside;
    if (box.place !== from.place && ahead > 0 && (!best || cost < best.cost)) {
      best = { box, cost };
    }
  }
  return best?.box;
}

export function Graph(props: GraphProps) {
  const { definition, problems, states, edits } = props;
  const [placement] = useState(() => new Placement());
  const [chosen, setChosen] = useState<string>();
  const frame = useRef<HTMLDivElement>(null);
  const flow = useRef<ReactFlowInstance<AnyNode, RouteEdge>>(null);
  const last = useRef(new Map<string, AnyNode>());
  const selected = props.selected === undefined ? undefined : find(definition, props.selected);

  const items = useMemo(() => placement.of(definition), [placement, definition]);
  const boxes = useMemo(
    () => items.flatMap((item) => (item.kind === 'lane' ? [] : [item.box])),
    [items],
  );
  const drawn = useRef<RouteEdge[]>([]);
  const edges = useMemo(() => {
    drawn.current = asBefore(
      drawn.current,
      chosenOf(routeEdges(definition, items, placement), chosen),
    );
    return drawn.current;
  }, [definition, items, placement, chosen]);
  const made = useMemo(() => {
    const nodes = items.map((item) => {
      const node = nodeOf(item, props, selected);
      const before = last.current.get(node.id);
      return before && isSame(before, node) ? before : node;
    });
    last.current = new Map(nodes.map((node) => [node.id, node]));
    return nodes;
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [items, problems, states, selected]);
  // While a task is dragged its node here moves ahead of the definition.
  const [nodes, setNodes] = useState(made);
  const [of, setOf] = useState(made);
  if (of !== made) {
    setOf(made);
    setNodes(made);
  }

  const current = boxes.find((box) => box.place === selected);
  const select = (box: Box | undefined) => {
    setChosen(undefined);
    props.onSelect(box?.name, box?.place);
    if (box) {
      show(box);
    }
  };
  const show = (box: Box) => {
    const view = frame.current?.getBoundingClientRect();
    if (!view || !flow.current) {
      return;
    }
    const { x, y, zoom } = flow.current.getViewport();
    const [left, top] = [box.left * zoom + x, box.top * zoom + y];
    const isSeen =
      left >= 0 &&
      top >= 0 &&
      left + box.width * zoom <= view.width &&
      top + box.height * zoom <= view.height;
    if (!isSeen) {
      void flow.current.setCenter(box.left + box.width / 2, box.top + box.height / 2, {
        zoom,
        duration: 120,
      });
    }
  };

  // What is chosen elsewhere, or has just been added, comes into view; and what was in the middle
  // stays there when the graph gets another size.
  const latest = useRef({ current, show });
  latest.current = { current, show };
  useEffect(() => {
    if (current) {
      show(current);
    }
    // When another one is chosen, not when it moves.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [selected]);
  useEffect(() => {
    let last = frame.current!.getBoundingClientRect();
    const watcher = new ResizeObserver(() => {
      const now = frame.current!.getBoundingClientRect();
      const instance = flow.current;
      if (instance && (now.width !== last.width || now.height !== last.height)) {
        const { x, y, zoom } = instance.getViewport();
        void instance.setViewport({ x: x + (now.width - last.width) / 2, y, zoom });
        if (latest.current.current) {
          latest.current.show(latest.current.current);
        }
      }
      last = now;
    });
    watcher.observe(frame.current!);
    return () => watcher.disconnect();
  }, []);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== frame.current) {
      return;
    }
    if (event.key === 'Enter' && selected !== undefined) {
      edits?.open(selected);
    } else if (event.key === 'Escape') {
      select(undefined);
    } else if (event.key === 'Delete' || event.key === 'Backspace') {
      const edge = edges.find((one) => one.id === chosen);
      if (edge) {
        edits?.reroute(edge.data!.route, undefined);
        setChosen(undefined);
      } else if (selected !== undefined) {
        edits?.remove(selected);
      }
    } else if (event.key.startsWith('Arrow')) {
      const step = {
        ArrowDown: [0, 16],
        ArrowUp: [0, -16],
        ArrowRight: [16, 0],
        ArrowLeft: [-16, 0],
      }[event.key];
      if (event.shiftKey && current && step) {
        edits?.move(
          current.place,
          corner(current.scope, current.x + step[0]!, current.y + step[1]!),
        );
      } else {
        select(
          current
            ? (neighbour(boxes, current, event.key) ?? current)
            : (boxes.find((box) => box.isStart) ?? boxes[0]),
        );
      }
    } else {
      return;
    }
    event.preventDefault();
  };

  // Large graphs open at their beginning, small ones whole.
  const onInit = (instance: ReactFlowInstance<AnyNode, RouteEdge>) => {
    flow.current = instance;
    const view = frame.current!.getBoundingClientRect();
    const width =
      Math.max(...boxes.map((box) => box.left + box.width)) -
      Math.min(...boxes.map((box) => box.left));
    const height =
      Math.max(...boxes.map((box) => box.top + box.height)) -
      Math.min(...boxes.map((box) => box.top));
    const start = current ?? boxes.find((box) => box.isStart);
    if (start && Math.min(view.width / width, view.height / height) < readableZoom) {
      void instance.setViewport({
        x: view.width / 2 - (start.left + start.width / 2) * readableZoom,
        y: 48 - (current ? start.top - 100 : start.top) * readableZoom,
        zoom: readableZoom,
      });
    } else {
      void instance.fitView({ maxZoom: 1, padding: 0.15 });
    }
  };

  const index = current ? boxes.indexOf(current) + 1 : 0;
  return (
    <div
      ref={frame}
      className="graph"
      role="group"
      tabIndex={0}
      aria-label="Graph of the tasks. Arrow keys choose a task, Enter opens it, Delete removes it."
      onKeyDown={onKeyDown}
    >
      <div className="visually-hidden" aria-live="polite">
        {current
          ? `${current.name}, ${shownText(current.task.type)}, task ${index} of ${boxes.length}`
          : ''}
      </div>
      <Actions value={edits}>
        <ReactFlow<AnyNode, RouteEdge>
          nodes={nodes}
          edges={edges}
          nodeTypes={nodeTypes}
          edgeTypes={edgeTypes}
          onInit={onInit}
          minZoom={0.1}
          onlyRenderVisibleElements
          proOptions={{ hideAttribution: true }}
          onNodesChange={(changes: NodeChange<AnyNode>[]) => {
            const moves = changes.filter((change) => change.type === 'position');
            if (moves.length > 0) {
              setNodes((held) => applyNodeChanges(moves, held));
            }
          }}
          onNodeClick={(_, node) => {
            frame.current?.focus({ preventScroll: true });
            select(
              boxes.find((box) => box.place === (node.type === 'lane' ? node.parentId : node.id)),
            );
          }}
          onNodeDoubleClick={(_, node) => node.type !== 'lane' && edits?.open(node.id)}
          onEdgeClick={(_, edge) => {
            frame.current?.focus({ preventScroll: true });
            setChosen(edge.id);
          }}
          onPaneClick={() => {
            frame.current?.focus({ preventScroll: true });
            select(undefined);
          }}
          onNodeDragStop={(_, node) =>
            edits?.move(node.id, corner(split(node.id).scope, node.position.x, node.position.y))
          }
          onConnect={({ source, target }) =>
            edits?.connect(split(source).scope, split(source).name, split(target).name)
          }
          isValidConnection={({ source, target }) => split(source).scope === split(target).scope}
          onReconnect={(edge, { source, target }) => {
            if (source === edge.source && split(target).scope === split(source).scope) {
              edits?.reroute(edge.data!.route, split(target).name);
            }
          }}
          edgesReconnectable={Boolean(edits)}
          nodesConnectable={Boolean(edits)}
          nodesDraggable={Boolean(edits)}
          nodesFocusable={false}
          edgesFocusable={false}
          disableKeyboardA11y
          deleteKeyCode={null}
          selectionKeyCode={null}
          multiSelectionKeyCode={null}
          nodeDragThreshold={2}
          selectNodesOnDrag={false}
          colorMode="system"
        >
          <Background gap={16} />
          <Controls showInteractive={false} />
        </ReactFlow>
      </Actions>
    </div>
  );
}

// In a branch positions count from the corner inside of the lane's edge.
function corner(scope: string, x: number, y: number) {
  return scope === ''
    ? { x, y }
    : { x: Math.max(0, x - laneInset.x), y: Math.max(0, y - laneInset.y) };
}
