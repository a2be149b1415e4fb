// What a tested request was answered: status, timings, body as tree and raw, headers, and the
// request as it was sent.
import { Tabs } from 'radix-ui';
import type { Schemas } from '../api/client';
import { JsonTree } from '../parts/JsonTree';
import type { Json } from '../parts/json';
import { CopyButton } from '../parts/Parts';

export interface HttpAnswer {
  status: number;
  headers: Record<string, string>;
  body: Json;
  timings: Record<string, number>;
  sizeInBytes: number;
}

const shownCharactersMax = 200_000;

const pretty = (value: unknown) =>
  typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? '');

// The instants of a request, each from its start, as the stretches between them.
function stretches(timings: Record<string, number>) {
  let before = 0;
  const names: [string, string][] = [
    ['dns', 'dns'],
    ['connect', 'connect'],
    ['tls', 'tls'],
    ['firstByte', 'first byte'],
    ['total', 'rest'],
  ];
  return names.map(([name, label]) => {
    const at = Math.max(before, timings[name] ?? 0);
    const took = at - before;
    before = at;
    return { name, label, took };
  });
}

function Timings({ timings }: { timings: Record<string, number> }) {
  const parts = stretches(timings).filter(({ took }) => took >= 0.05);
  const total = Math.max(timings.total ?? 0, 0.001);
  return (
    <div className="timings">
      <div className="bar" aria-hidden>
        {parts.map(({ name, took }) => (
          <span key={name} className={name} style={{ width: `${(100 * took) / total}%` }} />
        ))}
      </div>
      <dl>
        {parts.map(({ name, label, took }) => (
          <div key={name} className={name}>
            <dt>{label}</dt>
            <dd>{took.toFixed(1)} ms</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function Raw({ value, what }: { value: unknown; what: string }) {
  const text = pretty(value);
  return (
    <div className="stack">
      <pre tabIndex={0}>{text.slice(0, shownCharactersMax)}</pre>
      {text.length > shownCharactersMax ? (
        <div className="soft">
          The first {shownCharactersMax.toLocaleString()} of {text.length.toLocaleString()}{' '}
          characters.
        </div>
      ) : null}
      <div>
        <CopyButton text={text} label={`Copy ${what}`} />
      </div>
    </div>
  );
}

function Headers({ headers }: { headers: Record<string, string> }) {
  return (
    <table>
      <tbody>
        {Object.entries(headers).map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td className="mono">{String(value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface AnswerProps {
  result: Schemas['TestResult'];
  // What the answer's body is called in expressions: paths are copied with it.
  root?: string | undefined;
  onUse?: ((answer: HttpAnswer) => void) | undefined;
  isUsed?: boolean | undefined;
  // The task has changed since.
  isOfBefore: boolean;
  onClose: () => void;
}

export function Answer(props: AnswerProps) {
  const { result, root = '', onUse, isUsed } = props;
  const answer = result.response as unknown as HttpAnswer | null;
  const error = result.error as { message?: string; code?: string; hint?: string } | null;
  const isTree = typeof answer?.body === 'object' && answer.body !== null;
  return (
    <div className="stack answer" aria-live="polite">
      {error ? (
        <div className="note bad" role="alert">
          {error.code ? <strong>{error.code}: </strong> : null}
          {error.message ?? pretty(error)}
          {error.hint ? <div>{error.hint}</div> : null}
        </div>
      ) : null}
      <div className="spread">
        {answer ? (
          <div className="row" data-testid="answer-status">
            <span className={`status ${answer.status < 400 ? 'good' : 'bad'}`}>
              <span>
                <strong>{answer.status}</strong>
              </span>
            </span>
            <span className="number">{answer.timings.total?.toFixed(0)} ms</span>
            <span className="number">{answer.sizeInBytes.toLocaleString()} B</span>
          </div>
        ) : (
          <strong>No answer</strong>
        )}
        <div className="row">
          {answer && onUse ? (
            <button
              type="button"
              className="button"
              disabled={isUsed}
              title="Later tasks complete from its fields"
              onClick={() => onUse(answer)}
            >
              {isUsed ? 'Is the sample data' : 'Use this response as sample data'}
            </button>
          ) : null}
          <button
            type="button"
            className="button plain"
            aria-label="Close answer"
            title="Close answer"
            onClick={props.onClose}
          >
            ✕
          </button>
        </div>
      </div>
      {props.isOfBefore ? (
        <div className="soft">Answer to the request as it was before the last change</div>
      ) : null}
      {answer ? <Timings timings={answer.timings} /> : null}
      {result.warnings.map((one) => (
        <div key={one} className="note warn">
          {one}
        </div>
      ))}
      {(result.reference ?? []).map((one, index) => (
        <div key={index} className="note warn">
          {one.in} <code>{one.pointer || '/'}</code>: {one.message}
        </div>
      ))}
      <Tabs.Root
        key={isTree ? 'tree' : answer ? 'raw' : 'request'}
        defaultValue={isTree ? 'tree' : answer ? 'raw' : 'request'}
      >
        <Tabs.List className="tabs" aria-label="Answer">
          {isTree ? <Tabs.Trigger value="tree">Tree</Tabs.Trigger> : null}
          {answer ? <Tabs.Trigger value="raw">Raw</Tabs.Trigger> : null}
          {answer ? <Tabs.Trigger value="headers">Answer headers</Tabs.Trigger> : null}
          {result.request ? (
            <Tabs.Trigger value="request">{answer ? 'Request as sent' : 'Request'}</Tabs.Trigger>
          ) : null}
        </Tabs.List>
        {answer ? (
          <>
            <Tabs.Content value="tree">
              <JsonTree value={answer.body} label="Body of the answer" root={root} />
            </Tabs.Content>
            <Tabs.Content value="raw">
              <Raw value={answer.body} what="body" />
            </Tabs.Content>
            <Tabs.Content value="headers">
              <Headers headers={answer.headers} />
            </Tabs.Content>
          </>
        ) : null}
        {result.request ? (
          <Tabs.Content value="request">
            <Raw value={result.request} what="request" />
          </Tabs.Content>
        ) : null}
      </Tabs.Root>
    </div>
  );
}
