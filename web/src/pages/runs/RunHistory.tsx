// Every step of a run with its exact instant; a step opens to all that is known of it.
import { Fragment, useState } from 'react';
import type { Schemas } from '../../api/client';
import { useNameOf } from '../../parts/useNameOf';
import { statusWord } from '../../parts/Parts';
import { Json } from './RunJson';

type Transition = Schemas['Transition'];

const historyStep = 500;

// What a step says beside its name, in a few words.
function wordsOf(one: Transition, nameOf: (id: string) => string) {
  const error = one.error as { message?: string } | undefined;
  const said: [unknown, (value: string) => string][] = [
    [one.reason ?? error?.message, (value) => value],
    [one.attempt, (value) => `attempt ${value}`],
    [one.status, (value) => (/^\d/.test(value) ? `HTTP ${value}` : statusWord(value))],
    [one.next, (value) => `goes to ${value}`],
    [one.until, (value) => `until ${value}`],
    [one.retryAt, (value) => `again at ${value}`],
    [one.workerId, (value) => `worker ${value}`],
    [one.startedBy ?? one.by, (value) => `by ${nameOf(value)}`],
    [(one.attachment as { fileName?: string } | undefined)?.fileName, (value) => value],
  ];
  return said
    .filter(([value]) => value !== undefined && value !== null && value !== '')
    .map(([value, words]) => words(String(value)).slice(0, 300))
    .join(', ');
}

export function History({ transitions }: { transitions: Transition[] }) {
  const [shown, setShown] = useState(historyStep);
  const [opened, setOpened] = useState<number>();
  const nameOf = useNameOf();
  const rest = transitions.length - shown;
  return (
    <>
      <div className="run-wide" tabIndex={0} role="region" aria-label="History">
        <table className="run-history">
          <thead>
            <tr>
              <th scope="col" className="number">
                Step
              </th>
              <th scope="col">Instant</th>
              <th scope="col">What</th>
              <th scope="col">Task</th>
              <th scope="col">Details</th>
            </tr>
          </thead>
          <tbody>
            {transitions.slice(0, shown).map((one) => {
              const isOpen = opened === one.number;
              return (
                <Fragment key={one.number}>
                  <tr>
                    <td className="number">{one.number}</td>
                    <td>
                      <time className="mono" dateTime={one.at}>
                        {one.at}
                      </time>
                    </td>
                    <td>
                      <button
                        type="button"
                        className="open-task"
                        aria-expanded={isOpen}
                        onClick={() => setOpened(isOpen ? undefined : one.number)}
                      >
                        {one.type}
                      </button>
                    </td>
                    <td>{one.taskName ?? <span className="soft">—</span>}</td>
                    <td className="run-words">{wordsOf(one, nameOf)}</td>
                  </tr>
                  {isOpen ? (
                    <tr>
                      <td colSpan={5}>
                        <Json title={`Step ${one.number}`} value={one} />
                      </td>
                    </tr>
                  ) : null}
                </Fragment>
              );
            })}
          </tbody>
        </table>
      </div>
      {rest > 0 ? (
        <button type="button" className="button" onClick={() => setShown(shown + historyStep)}>
          Show {Math.min(rest, historyStep)} more of {rest.toLocaleString()}
        </button>
      ) : null}
    </>
  );
}
