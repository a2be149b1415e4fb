// What of a task's time was waiting: for an instant, for the next attempt, for someone who does it.
import type { Schemas } from '../../api/client';

type TaskRow = Schemas['TaskRow'];
type Transition = Schemas['Transition'];

// The steps of each task that its bar and its attempts are made of.
export function stepsByTask(transitions: Transition[]): Map<string, Transition[]> {
  const steps = new Map<string, Transition[]>();
  for (const one of transitions) {
    if (one.taskId && /^(Attempt(Started|Ended)|Lease)/.test(one.type)) {
      const held = steps.get(one.taskId);
      if (held) {
        held.push(one);
      } else {
        steps.set(one.taskId, [one]);
      }
    }
  }
  return steps;
}

// Its waits, as [from, to] in milliseconds.
export function waitsOf(task: TaskRow, steps: Transition[], from: number, to: number) {
  if (task.taskType === 'Wait') {
    return [[from, to]];
  }
  const [begins, ends] =
    task.taskType === 'Simple'
      ? [['LeaseExpired'], ['LeaseGranted']]
      : [['AttemptEnded'], ['AttemptStarted']];
  const waits: number[][] = [];
  let since = task.taskType === 'Simple' ? from : undefined;
  for (const step of steps) {
    const at = Date.parse(step.at);
    if (ends?.includes(step.type) && since !== undefined) {
      waits.push([since, at]);
      since = undefined;
    } else if (begins?.includes(step.type)) {
      since = at;
    }
  }
  if (since !== undefined && to > since) {
    waits.push([since, to]);
  }
  return waits;
}

export interface Attempt {
  attempt: number;
  started: Transition;
  ended?: Transition;
}

export function attemptsOf(steps: Transition[]): Attempt[] {
  const attempts: Attempt[] = [];
  for (const step of steps) {
    if (step.type === 'AttemptStarted') {
      attempts.push({ attempt: Number(step.attempt ?? attempts.length + 1), started: step });
    } else if (step.type === 'AttemptEnded') {
      const open = attempts.findLast((one) => one.ended === undefined);
      if (open) {
        open.ended = step;
      }
    }
  }
  return attempts;
}
