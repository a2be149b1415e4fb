// An Http task's request as a form, its test and the answer, in view together.
import { useMutation, useQuery } from '@tanstack/react-query';
import { useRef, useState, type ReactNode } from 'react';
import { api, data } from '../api/client';
import { CodeEditor } from '../parts/CodeEditor';
import { completeTemplate } from '../parts/completion';
import { PlaceholderResults, useRendered, type Readable } from '../parts/ExpressionField';
import { ExpressionRows } from '../parts/ExpressionRows';
import { asObject, parseJson, withFields, type Json, type JsonObject } from '../parts/json';
import { Marked } from '../parts/Marked';
import { CopyButton, Failure } from '../parts/Parts';
import { UnreadFields, useUnread } from '../parts/unread';
import { useOnce } from '../parts/useOnce';
import { useSettled } from '../parts/useSettled';
import { Answer, type HttpAnswer } from './Answer';
import { samplePlace, useKeptAnswer } from './answers';
import { Credentials, type Need } from './Credentials';
import { JsonField } from './JsonField';
import './http-task.css';

export { JsonField } from './JsonField';
export type { Json } from '../parts/json';
export type Task = JsonObject;

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE'];
const nothing: Readable = { names: {}, values: {} };

// Sample input is remembered for each task.
function useSample(key: string) {
  const [sample, setSample] = useState<JsonObject>(() => {
    try {
      return asObject(parseJson(localStorage.getItem(samplePlace(key)) ?? '{}'));
    } catch {
      return {};
    }
  });
  const keep = (value: Json | undefined) => {
    setSample(asObject(value));
    try {
      localStorage.setItem(samplePlace(key), JSON.stringify(asObject(value)));
    } catch {
      // Larger than the browser keeps: it holds as long as the page is open.
    }
  };
  return [sample, keep] as const;
}

// What a run adds to every task's input.
const added = { 'swf:taskName': 'Test' };

interface RequestProps {
  task: Task;
  onChange: (task: Task) => void;
  sampleKey: string;
  needs?: Need[];
  // What the task's input parameters can read.
  readable?: Readable;
  root?: string;
  onUse?: (answer: HttpAnswer) => void;
  isUsed?: (answer: HttpAnswer) => boolean;
  // What else there is to set, in front of the answer.
  children?: ReactNode;
}

export function Request(props: RequestProps) {
  const { task, onChange, sampleKey, needs = [], readable = nothing } = props;
  const [sample, setSample] = useSample(sampleKey);
  const request = asObject(task.httpRequest);
  const url = typeof request.url === 'string' ? request.url : '';
  const parameters = asObject(task.inputParameters);
  const rendered = useRendered(parameters, readable.values);
  const input = { ...rendered, ...sample };
  const own: Readable = {
    names: { ...parameters, ...input, ...added },
    values: { ...input, ...added },
  };
  const set = (fields: { [name: string]: Json | undefined }) =>
    onChange({ ...task, httpRequest: withFields(request, fields) });
  const [kept, keep] = useKeptAnswer(sampleKey);
  const [isUnread, tellUnread] = useUnread();
  const sending = useRef<AbortController>(null);
  const test = useMutation({
    mutationFn: async () => {
      sending.current = new AbortController();
      const { signal } = sending.current;
      return {
        sentAt: performance.now(),
        task: JSON.stringify(task),
        result: await data(api.POST('/api/http-task/test', { body: { task, input }, signal })),
      };
    },
    onSuccess: keep,
  });
  const cannotTest =
    url === ''
      ? 'Give a URL, or choose an API'
      : isUnread
        ? 'The body or the sample input is not JSON yet'
        : undefined;
  const send = useOnce(test.isPending, () => {
    if (cannotTest === undefined) {
      test.mutate();
    }
  });
  const stop = () => {
    sending.current?.abort();
    test.reset();
  };
  const settled = useSettled(JSON.stringify(task));
  const source = useQuery({
    queryKey: ['curl', settled],
    queryFn: () =>
      data(api.POST('/api/http-task/code', { body: { task: JSON.parse(settled) as Task } })),
    enabled: url.trim() !== '',
    retry: false,
    placeholderData: (last) => last,
  });
  const answer = kept?.result.response as unknown as HttpAnswer | null | undefined;

  return (
    <div
      className="request stack"
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
          event.preventDefault();
          send();
        }
      }}
    >
      <UnreadFields value={tellUnread}>
        <div className="line">
          <select
            className="field method-field"
            aria-label="Method"
            value={typeof request.method === 'string' ? request.method : 'GET'}
            onChange={(event) => set({ method: event.target.value })}
          >
            {methods.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
          <Marked at="/httpRequest/url">
            <CodeEditor
              label="URL"
              placeholder="https://api.example.com/things/${id}"
              language="template"
              isLine
              value={url}
              onChange={(text) => set({ url: text })}
              complete={(context) => completeTemplate(context, own.names, false)}
            />
          </Marked>
          {/* The same button sends and stops, so that the focus stays. */}
          <button
            type="button"
            className={`button ${test.isPending ? '' : 'primary'}`}
            disabled={!test.isPending && cannotTest !== undefined}
            onClick={test.isPending ? stop : send}
            title={test.isPending ? 'Gives up waiting' : (cannotTest ?? 'Ctrl+Enter')}
          >
            {test.isPending ? 'Stop' : 'Test request'}
          </button>
        </div>
        <Marked at="/credentials">
          <Credentials
            chosen={task.credentials}
            needs={needs}
            onChoose={(credentials) => onChange(withFields(task, { credentials }))}
          />
        </Marked>
        <Marked at="/httpRequest/headers">
          <div className="soft">Headers</div>
          <ExpressionRows
            label="Headers"
            noun="header"
            value={asObject(request.headers)}
            onChange={(headers) => set({ headers })}
            readable={own}
          />
        </Marked>
        <div className="pair">
          <Marked at="/httpRequest/body">
            <JsonField
              label="Body"
              mayBeText
              value={request.body}
              onChange={(body) => set({ body })}
              names={own.names}
            />
          </Marked>
          <JsonField label="Sample input (for the test)" value={sample} onChange={setSample} />
        </div>
        <PlaceholderResults value={{ url, body: request.body ?? null }} readable={own} />
        {props.children}
      </UnreadFields>
      {source.data ? (
        <div>
          <CopyButton text={source.data.curl} label="Copy as curl" />
        </div>
      ) : null}
      {kept || test.error ? (
        <div className="answer-dock stack">
          <Failure error={test.error} />
          {kept ? (
            <Answer
              key={kept.sentAt}
              result={kept.result}
              isOfBefore={kept.task !== JSON.stringify(task)}
              root={props.root}
              onUse={props.onUse}
              isUsed={answer ? props.isUsed?.(answer) : undefined}
              onClose={() => {
                test.reset();
                keep(null);
              }}
            />
          ) : null}
        </div>
      ) : null}
    </div>
  );
}
