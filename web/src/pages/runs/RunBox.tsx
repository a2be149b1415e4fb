// The boxes of a run's graph: as in the editor, with how far the run has come.
import { Handle, Position, type Node, type NodeProps } from '@xyflow/react';
import { Ban, Check, Clock, LoaderCircle, X } from 'lucide-react';
import { memo } from 'react';
import { statusWord } from '../../parts/Parts';
import { Brief } from '../workflows/Brief';
import type { Task } from '../workflows/definition';

export type TaskNode = Node<
  {
    name: string;
    task: Task;
    state: string;
    visits: number;
    attempts: number;
    isSelected: boolean;
  },
  'task' | 'parallel'
>;
export type LaneNode = Node<{ index: number }, 'lane'>;

const icons: Record<string, typeof Check> = {
  Completed: Check,
  InProgress: LoaderCircle,
  Scheduled: Clock,
  Failed: X,
  TimedOut: X,
  Cancelled: Ban,
};

function TaskButton({ data }: { data: TaskNode['data'] }) {
  const { name, task, state, visits, attempts, isSelected } = data;
  const Icon = icons[state];
  const counts = [
    visits > 1 ? `${visits} visits` : '',
    attempts > 1 ? `${attempts} attempts` : '',
  ].filter(Boolean);
  return (
    <button type="button" className={`run-box ${state}`} aria-pressed={isSelected} title={name}>
      <span className="name">
        <span>
          {name} <span className="visually-hidden">({statusWord(state) || 'not begun'})</span>
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
  );
}

const Handles = memo(function Handles() {
  return (
    <>
      <Handle type="target" position={Position.Top} />
      <Handle type="source" position={Position.Bottom} />
    </>
  );
});

const TaskBox = memo(function TaskBox({ data }: NodeProps<TaskNode>) {
  return (
    <>
      <TaskButton data={data} />
      <Handles />
    </>
  );
});

const ParallelBox = memo(function ParallelBox({ data }: NodeProps<TaskNode>) {
  return (
    <div className={`run-parallel ${data.state}`}>
      <TaskButton data={data} />
      <Handles />
    </div>
  );
});

const LaneBox = memo(function LaneBox({ data }: NodeProps<LaneNode>) {
  return <div className="run-lane">Branch {data.index + 1}</div>;
});

export const nodeTypes = { task: TaskBox, parallel: ParallelBox, lane: LaneBox };
