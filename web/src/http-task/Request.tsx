// An Http task's request as a form, its test and the answer, in view together.
import { useMutation, useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { api, data, type Schemas } from '../api/client';
import { CodeEditor } from '../parts/CodeEditor';
import { CopyButton, Failure } from '../parts/Parts';
import { Credentials, type Need } from './Credentials';
import './http-task.css';

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type Task = { [name: string]: Json };
type HttpRequest = { method?: string; url?: string; headers?: { [name: string]: Json }; body?: Json };

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];
const shownBytesMax = 200_000;

function pretty(value: unknown) {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}

// A field of JSON that holds what is typed while it is not yet JSON.
export function JsonField({
  label,
  value,
  onChange,
  mayBeText = false,
}: {
  label: string;
  value: Json | undefined;
  onChange: (value: Json | undefined) => void;
  mayBeText?: boolean;
}) {
  const [text, setText] = useState(value === undefined ? '' : pretty(value));
  const [last, setLast] = useState(JSON.stringify(value));
  const [wrong, setWrong] = useState('');
  const now = JSON.stringify(value);
  if (now !== last) {
    setLast(now);
    setText(value === undefined ? '' : pretty(value));
    setWrong('');
  }
  const type = (typed: string) => {
    setText(typed);
    const keep = (made: Json | undefined) => {
      setWrong('');
      setLast(JSON.stringify(made));
      onChange(made);
    };
    if (typed.trim() === '') {
      keep(undefined);
      return;
    }
    try {
      keep(JSON.parse(typed) as Json);
    } catch (error) {
      if (mayBeText && !/^\s*[{["]/.test(typed)) {
        keep(typed);
      } else {
        setWrong(`Not JSON yet: ${(error as Error).message}`);
      }
    }
  };
  return (
    <div className="stack" style={{ gap: 4 }}>
      <div className="soft">{label}</div>
      <CodeEditor label={label} value={text} onChange={type} />
      {wrong ? (
        <div role="status" style={{ color: 'var(--bad)' }}>
          {wrong}
        </div>
      ) : null}
    </div>
  );
}

function Timings({ timings }: { timings: Record<string, number> }) {
  const total = Math.max(timings.total ?? 0, 0.001);
  return (
    <div className="timings">
      {['dns', 'connect', 'tls', 'firstByte', 'total'].map((name) => (
        <div key={name} className="row">
          <span className="soft" style={{ width: 64 }}>
            {name === 'firstByte' ? 'first byte' : name}
          </span>
          <span className="bar">
            <span style={{ width: `${(100 * (timings[name] ?? 0)) / total}%` }} />
          </span>
          <span className="number">{(timings[name] ?? 0).toFixed(1)} ms</span>
        </div>
      ))}
    </div>
  );
}

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: unknown;
  timings: Record<string, number>;
  sizeInBytes: number;
}

function Body({ body }: { body: unknown }) {
  const text = pretty(body) ?? '';
  return (
    <>
      <pre tabIndex={0}>{text.slice(0, shownBytesMax)}</pre>
      {text.length > shownBytesMax ? (
        <div className="soft">
          The first {shownBytesMax.toLocaleString()} of {text.length.toLocaleString()} characters.
        </div>
      ) : null}
      <div>
        <CopyButton text={text} label="Copy body" />
      </div>
    </>
  );
}

export function TestAnswer({ result }: { result: Schemas['TestResult'] }) {
  const answer = result.response as unknown as Answer | null;
  const error = result.error as { message?: string; cause?: string } | null;
  return (
    <div className="stack answer" aria-live="polite">
      {error ? (
        <div className="note bad" role="alert">
          {error.cause ? <strong>{error.cause}: </strong> : null}
          {error.message ?? pretty(error)}
        </div>
      ) : null}
      {answer ? (
        <>
          <div className="row" data-testid="answer-status">
            <span className={`status ${answer.status < 400 ? 'good' : 'bad'}`}>
              <span>
                <strong>{answer.status}</strong>
              </span>
            </span>
            <span className="number">{answer.timings.total?.toFixed(0)} ms</span>
            <span className="number">{answer.sizeInBytes.toLocaleString()} B</span>
          </div>
          <Timings timings={answer.timings} />
        </>
      ) : null}
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
      {answer ? (
        <>
          <Body body={answer.body} />
          <details>
            <summary>Headers</summary>
            <table>
              <tbody>
                {Object.entries(answer.headers).map(([name, value]) => (
                  <tr key={name}>
                    <th scope="row">{name}</th>
                    <td className="mono">{String(value)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </details>
        </>
      ) : null}
      {result.request ? (
        <details>
          <summary>Request as sent</summary>
          <pre tabIndex={0}>{pretty(result.request)}</pre>
        </details>
      ) : null}
    </div>
  );
}

// Sample input is remembered for each task.
function useSample(key: string) {
  const place = `tartan-sample ${key}`;
  const [sample, setSample] = useState<Json | undefined>(() => {
    try {
      return JSON.parse(localStorage.getItem(place) ?? '{}') as Json;
    } catch {
      return {};
    }
  });
  const keep = (value: Json | undefined) => {
    setSample(value);
    localStorage.setItem(place, JSON.stringify(value ?? {}));
  };
  return [sample, keep] as const;
}

interface RequestProps {
  task: Task;
  onChange: (task: Task) => void;
  sampleKey: string;
  needs?: Need[];
  onAnswer?: (answer: Schemas['TestResult']) => void;
}

export function Request({ task, onChange, sampleKey, needs = [], onAnswer }: RequestProps) {
  const id = useId();
  const [sample, setSample] = useSample(sampleKey);
  const request = (task.httpRequest ?? {}) as HttpRequest;
  const set = (part: Partial<HttpRequest>) => {
    const next: HttpRequest = { ...request, ...part };
    for (const name of ['headers', 'body'] as const) {
      if (next[name] === undefined) {
        delete next[name];
      }
    }
    onChange({ ...task, httpRequest: next as Json });
  };
  const test = useMutation({
    mutationFn: () =>
      data(
        api.POST('/api/http-task/test', {
          body: { task, input: (sample ?? {}) as Record<string, never> },
        }),
      ),
    onSuccess: (result) => onAnswer?.(result),
  });
  const source = useQuery({
    queryKey: ['curl', JSON.stringify(task)],
    queryFn: () => data(api.POST('/api/http-task/code', { body: { task } })),
    enabled: Boolean(request.url),
    retry: false,
  });

  return (
    <div
      className="request stack"
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
          event.preventDefault();
          test.mutate();
        }
      }}
    >
      <div className="row">
        <select
          className="field"
          style={{ width: 100 }}
          aria-label="Method"
          value={request.method ?? 'GET'}
          onChange={(event) => set({ method: event.target.value })}
        >
          {methods.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
        <input
          className="field mono"
          aria-label="URL"
          placeholder="https://api.example.com/things/${id}"
          value={request.url ?? ''}
          onChange={(event) => set({ url: event.target.value })}
        />
        <button
          type="button"
          className="button primary"
          disabled={test.isPending || !request.url}
          onClick={() => test.mutate()}
          title="Ctrl+Enter"
        >
          {test.isPending ? 'Sending…' : 'Test request'}
        </button>
      </div>
      <Credentials
        chosen={task.credentials}
        needs={needs}
        onChoose={(credentials) => {
          const { credentials: _, ...rest } = task;
          onChange(credentials === undefined ? rest : { ...rest, credentials });
        }}
      />
      <div className="pair">
        <JsonField
          label="Headers"
          value={request.headers as Json | undefined}
          onChange={(headers) => set({ headers: headers as HttpRequest['headers'] })}
        />
        <JsonField
          label="Body"
          mayBeText
          value={request.body}
          onChange={(body) => set({ body })}
        />
        <JsonField
          label="Input parameters"
          value={task.inputParameters}
          onChange={(inputParameters) => {
            const { inputParameters: _, ...rest } = task;
            onChange(inputParameters === undefined ? rest : { ...rest, inputParameters });
          }}
        />
        <JsonField label="Sample input (for the test)" value={sample} onChange={setSample} />
      </div>
      {source.data ? (
        <div>
          <CopyButton text={source.data.curl} label="Copy as curl" />
        </div>
      ) : null}
      <Failure error={test.error} />
      <div id={id}>{test.data ? <TestAnswer result={test.data} /> : null}</div>
    </div>
  );
}
