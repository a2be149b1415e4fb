// A run as a picture: the tasks of its definition, branches laid open between the fork and the join,
// and how far the run has come on each.
import type { Schemas } from '../../api/client';
import type { Json, Task } from '../../http-task/Request';
import { routesIn, type Definition } from '../workflows/definition';

type TaskRow = Schemas['TaskRow'];
type Transition = Schemas['Transition'];

export interface Picture {
  tasks: Map<string, Task>;
  routes: PictureRoute[];
}

// `by` is the Parallel task whose branches a route forks or joins.
export interface PictureRoute {
  from: string;
  to: string;
  label: string;
  by?: string;
}

export interface Progress {
  // By task name: its latest visit that still counts.
  latest: Map<string, TaskRow>;
  visits: Map<string, number>;
  attempts: Map<string, number>;
  // "from\nto" of each route that was gone.
  taken: Set<string>;
}

const isObject = (value: unknown): value is { [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

export function pictureOf(definition: Definition): Picture {
  const picture: Picture = { tasks: new Map(), routes: [] };
  lay(definition, picture);
  return picture;
}

function branchesOf(task: Task) {
  return (Array.isArray(task.branches) ? task.branches : []).filter(
    (one) => isObject(one) && isObject(one.tasks) && isText(one.startTask),
  ) as unknown as Definition[];
}

function lay(level: Definition, picture: Picture) {
  for (const [name, task] of Object.entries(level.tasks)) {
    picture.tasks.set(name, task);
  }
  const forks = new Set<string>();
  for (const [name, task] of Object.entries(level.tasks)) {
    const branches = branchesOf(task);
    branches.forEach((branch, index) => {
      forks.add(name);
      const label = branches.length > 1 ? `branch ${index + 1}` : '';
      picture.routes.push({ from: name, to: branch.startTask, label, by: name });
      lay(branch, picture);
      if (isText(task.nextTask)) {
        for (const end of endsOf(branch)) {
          picture.routes.push({ from: end, to: task.nextTask, label: '', by: name });
        }
      }
    });
  }
  picture.routes.push(...routesIn(level).filter(({ from }) => !forks.has(from)));
}

// The tasks that end a branch; one that fails the run leads nowhere.
function endsOf(branch: Definition) {
  return Object.entries(branch.tasks)
    .filter(([, task]) => task.end === true || task.terminationStatus === 'Completed')
    .map(([name]) => name);
}

export const routeKey = (from: string, to: string) => `${from}\n${to}`;

export function progressOf(picture: Picture, rows: TaskRow[], transitions: Transition[]): Progress {
  const latest = new Map<string, TaskRow>();
  const visits = new Map<string, number>();
  for (const row of rows) {
    if (!row.superseded) {
      latest.set(row.taskName, row);
      visits.set(row.taskName, (visits.get(row.taskName) ?? 0) + 1);
    }
  }
  const counts = new Map([...latest].map(([name, row]) => [row.id, name]));
  const attempts = new Map<string, number>();
  const names = new Map<number, string>();
  const alive = new Set(rows.filter((row) => !row.superseded).map((row) => row.id));
  const cameFrom = new Map<string, Set<string>>();
  for (const one of transitions) {
    if (one.type === 'TaskScheduled' && one.taskName !== undefined && one.place !== undefined) {
      names.set(one.place, one.taskName);
      const before = names.get(Number(one.after ?? -1));
      if (before !== undefined && alive.has(one.taskId ?? '')) {
        cameFrom.set(one.taskName, (cameFrom.get(one.taskName) ?? new Set()).add(before));
      }
    } else if (one.type === 'AttemptStarted') {
      const name = counts.get(one.taskId ?? '');
      if (name !== undefined) {
        attempts.set(name, (attempts.get(name) ?? 0) + 1);
      }
    }
  }
  const wasGone = ({ from, to, by }: PictureRoute) => {
    if (by === undefined) {
      return cameFrom.get(to)?.has(from) === true;
    }
    return from === by
      ? latest.has(to)
      : latest.get(from)?.status === 'Completed' && cameFrom.get(to)?.has(by) === true;
  };
  const taken = new Set(picture.routes.filter(wasGone).map(({ from, to }) => routeKey(from, to)));
  return { latest, visits, attempts, taken };
}
