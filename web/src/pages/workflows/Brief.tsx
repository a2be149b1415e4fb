// The one line that tells what a task does, in its box: of the editor and of a run alike.
import { asObject, asText, shownText } from '../../parts/json';
import { Method } from '../../parts/Parts';
import type { Task } from './definition';

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
    return duration === undefined ? `until ${shownText(until)}` : `wait ${shownText(duration)} s`;
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
