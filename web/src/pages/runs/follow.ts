// Follows a stream of server-sent events. Each step of a run comes under the name of its type; the
// contract names them all, and the compiler asks for each.
import type { Schemas } from '../../api/client';

const types: Record<Schemas['Transition']['type'], true> = {
  WorkflowStarted: true,
  WorkflowReleased: true,
  TaskScheduled: true,
  AttemptStarted: true,
  AttemptEnded: true,
  WaitStarted: true,
  LeaseGranted: true,
  LeaseExtended: true,
  LeaseExpired: true,
  BranchEnded: true,
  TaskCompleted: true,
  TaskFailed: true,
  TaskTimedOut: true,
  TaskCancelled: true,
  AttachmentAdded: true,
  AttachmentRemoved: true,
  WorkflowCompleted: true,
  WorkflowFailed: true,
  WorkflowTimedOut: true,
  WorkflowTerminated: true,
  WorkflowPaused: true,
  WorkflowResumed: true,
  WorkflowRetried: true,
  WorkflowRerun: true,
  FailureWorkflowSkipped: true,
};

const againMs = 5_000;

export interface Follower {
  onEvent: (data: unknown) => void;
  onOpen?: () => void;
  onLost?: () => void;
  onEnd?: () => void;
}

// A lost connection is opened anew by the browser, which says where it was (Last-Event-ID); one that
// was refused is tried again here. The answer stops it.
export function follow(url: string, { onEvent, onOpen, onLost, onEnd }: Follower): () => void {
  let source: EventSource;
  let again: ReturnType<typeof setTimeout> | undefined;
  const open = () => {
    source = new EventSource(url);
    for (const type of Object.keys(types)) {
      source.addEventListener(type, (event) => onEvent(JSON.parse(event.data as string)));
    }
    source.addEventListener('open', () => onOpen?.());
    source.addEventListener('end', () => {
      source.close();
      onEnd?.();
    });
    source.addEventListener('error', () => {
      onLost?.();
      if (source.readyState === EventSource.CLOSED) {
        again = setTimeout(open, againMs);
      }
    });
  };
  open();
  return () => {
    clearTimeout(again);
    source.close();
  };
}

// At most one call of `act` in `ms`; the answer asks for one, or forgets the one that waits.
export function gather(act: () => void, ms: number) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    ask() {
      timer ??= setTimeout(() => {
        timer = undefined;
        act();
      }, ms);
    },
    forget() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

const final = new Set(['Completed', 'Failed', 'TimedOut', 'Terminated']);
export function isFinal(status: string) {
  return final.has(status);
}

const two = (value: number) => String(value).padStart(2, '0');
export function duration(ms: number) {
  const whole = Math.max(0, ms);
  if (whole < 1_000) {
    return `${Math.round(whole)} ms`;
  }
  if (whole < 60_000) {
    return `${(Math.floor(whole / 100) / 10).toFixed(1)} s`;
  }
  const seconds = Math.floor(whole / 1_000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    return `${minutes} min ${two(seconds % 60)} s`;
  }
  const hours = Math.floor(minutes / 60);
  return hours < 24
    ? `${hours} h ${two(minutes % 60)} min`
    : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
