// The one line that tells what a task does, in its box: of the editor and of a run alike.
import { asObject, asText, shownText, type Json } from '../../parts/json';
import { Method } from '../../parts/Parts';
import type { Task } from './definition';

const units = [
  { seconds: 86_400, one: 'day', many: 'days' },
  { seconds: 3_600, one: 'hour', many: 'hours' },
  { seconds: 60, one: 'minute', many: 'minutes' },
];

// Seconds in the largest unit that tells them exactly.
export function span(seconds: Json): string {
  const unit = units.find(
    (one) => typeof seconds === 'number' && seconds > 0 && seconds % one.seconds === 0,
  );
  const count = Number(seconds) / (unit?.seconds ?? 1);
  return unit
    ? `${count.toLocaleString()} ${count === 1 ? unit.one : unit.many}`
    : `${shownText(seconds)} s`;
}

export function Brief({ task }: { task: Task }) {
  if (task.type === 'Http') {
    const request = asObject(task.httpRequest);
    const url = asText(request.url);
    return (
      <>
        <Method name={asText(request.method) || 'GET'} />{' '}
        <span className="mono">{url.replace(/^(https?:\/\/|\$\{)[^/]*/, '') || url}</span>
      </>
    );
  }
  if (task.type === 'Wait') {
    const duration = task.seconds ?? task.secondsExpression;
    const until = task.timestamp ?? task.timestampExpression ?? '…';
    return duration === undefined ? `until ${shownText(until)}` : `wait ${span(duration)}`;
  }
  if (task.type === 'Terminate') {
    return `end as ${asText(task.terminationStatus) || 'Completed'}`;
  }
  if (task.type === 'Decision') {
    const count = Array.isArray(task.choices) ? task.choices.length : 0;
    return count === 1 ? '1 condition' : `${count} conditions`;
  }
  return shownText(task.type);
}
