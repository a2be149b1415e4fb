// The boxes of the graph: a task, a Parallel task around its branches, and a branch.
import { Handle, Position, type Node, type NodeProps } from '@xyflow/react';
import { createContext, memo, useContext } from 'react';
import { shownText } from '../../parts/json';
import { Brief } from './Brief';
import type { Task } from './definition';

export type TaskNode = Node<
  { name: string; task: Task; isStart: boolean; problems: number; state?: string },
  'task' | 'parallel'
>;
export type LaneNode = Node<
  { scope: string; parallel: string; index: number; isEmpty: boolean },
  'lane'
>;

// What the buttons inside of the graph do; without it there are none.
export interface BoxActions {
  addBranch: (parallel: string) => void;
  removeBranch: (parallel: string, index: number) => void;
  addTask: (scope: string) => void;
}
export const Actions = createContext<BoxActions | undefined>(undefined);

function Head({ data }: { data: TaskNode['data'] }) {
  return (
    <div className="name" dir="auto" title={data.name}>
      {data.isStart ? <span className="soft">▸ </span> : null}
      {data.name}
      {data.problems > 0 ? (
        <span
          className="problems"
          title={data.problems === 1 ? '1 problem' : `${data.problems} problems`}
        >
          ⚠ {data.problems}
        </span>
      ) : null}
    </div>
  );
}

const classOf = (data: TaskNode['data'], selected: boolean) =>
  `task-box ${selected ? 'selected' : ''} ${data.problems > 0 ? 'wrong' : ''} ${data.state ?? ''} ${shownText(data.task.type)}`;

const TaskBox = memo(function TaskBox({ data, selected }: NodeProps<TaskNode>) {
  return (
    <div className={classOf(data, selected)}>
      <Handle type="target" position={Position.Top} />
      <Head data={data} />
      <div className="brief">
        <Brief task={data.task} />
      </div>
      <Handle type="source" position={Position.Bottom} />
    </div>
  );
});

const ParallelBox = memo(function ParallelBox({ id, data, selected }: NodeProps<TaskNode>) {
  const actions = useContext(Actions);
  return (
    <div className={`${classOf(data, selected)} holds-branches`}>
      <Handle type="target" position={Position.Top} />
      <Head data={data} />
      <div className="brief spread">
        Parallel
        {actions ? (
          <button
            type="button"
            className="in-graph nodrag"
            tabIndex={-1}
            onClick={() => actions.addBranch(id)}
          >
            + branch
          </button>
        ) : null}
      </div>
      <Handle type="source" position={Position.Bottom} />
    </div>
  );
});

const LaneBox = memo(function LaneBox({ data }: NodeProps<LaneNode>) {
  const actions = useContext(Actions);
  return (
    <div className="lane-box">
      <div className="spread">
        <span className="soft">Branch {data.index + 1}</span>
        {actions ? (
          <span className="row">
            <button
              type="button"
              className="in-graph nodrag"
              tabIndex={-1}
              onClick={() => actions.addTask(data.scope)}
            >
              + task
            </button>
            <button
              type="button"
              className="in-graph nodrag"
              tabIndex={-1}
              aria-label={`Remove branch ${data.index + 1}`}
              onClick={() => actions.removeBranch(data.parallel, data.index)}
            >
              ✕
            </button>
          </span>
        ) : null}
      </div>
      {data.isEmpty ? <div className="soft">No task yet</div> : null}
    </div>
  );
});

export const nodeTypes = { task: TaskBox, parallel: ParallelBox, lane: LaneBox };
