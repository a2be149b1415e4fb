// An Http task's request as a form, its test and the answer, in view together.
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { api, data } from '../api/client';
import { CodeEditor } from '../parts/CodeEditor';
import { completeTemplate } from '../parts/completion';
import { PlaceholderResults, useRendered, type Readable } from '../parts/ExpressionField';
import { ExpressionRows } from '../parts/ExpressionRows';
import { asObject, parseJson, withFields, type Json, type JsonObject } from '../parts/json';
import { CopyButton, Failure } from '../parts/Parts';
import { useSettled } from '../parts/useSettled';
import { Answer, type HttpAnswer } from './Answer';
import { Credentials, type Need } from './Credentials';
import { JsonField } from './JsonField';
import './http-task.css';

export { JsonField } from './JsonField';
export type { Json } from '../parts/json';
export type Task = JsonObject;

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE'];
const nothing: Readable = { names: {}, values: {} };

// Sample input is remembered for each task.
export const samplePlace = (key: string) => `tartan-sample ${key}`;
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
    localStorage.setItem(samplePlace(key), JSON.stringify(asObject(value)));
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
  const test = useMutation({
    mutationFn: async () => ({
      task: JSON.stringify(task),
      result: await data(
        api.POST('/api/http-task/test', {
          body: { task, input },
        }),
      ),
    }),
  });
  const settled = useSettled(JSON.stringify(task));
  const source = useQuery({
    queryKey: ['curl', settled],
    queryFn: () =>
      data(api.POST('/api/http-task/code', { body: { task: JSON.parse(settled) as Task } })),
    enabled: url !== '',
    retry: false,
    placeholderData: (last) => last,
  });
  const answer = test.data?.result.response as unknown as HttpAnswer | null | undefined;

  return (
    <div
      className="request stack"
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && url !== '') {
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
          value={typeof request.method === 'string' ? request.method : 'GET'}
          onChange={(event) => set({ method: event.target.value })}
        >
          {methods.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
        <CodeEditor
          label="URL"
          placeholder="https://api.example.com/things/${id}"
          language="template"
          isLine
          value={url}
          onChange={(text) => set({ url: text })}
          complete={(context) => completeTemplate(context, own.names, false)}
        />
        <button
          type="button"
          className="button primary"
          disabled={test.isPending || url === ''}
          onClick={() => test.mutate()}
          title="Ctrl+Enter"
        >
          {test.isPending ? 'Sending…' : 'Test request'}
        </button>
      </div>
      <Credentials
        chosen={task.credentials}
        needs={needs}
        onChoose={(credentials) => onChange(withFields(task, { credentials }))}
      />
      <div>
        <div className="soft">Headers</div>
        <ExpressionRows
          label="Headers"
          noun="header"
          value={asObject(request.headers)}
          onChange={(headers) => set({ headers })}
          readable={own}
        />
      </div>
      <div className="pair">
        <JsonField
          label="Body"
          mayBeText
          value={request.body}
          onChange={(body) => set({ body })}
          names={own.names}
        />
        <JsonField label="Sample input (for the test)" value={sample} onChange={setSample} />
      </div>
      <PlaceholderResults value={{ url, body: request.body ?? null }} readable={own} />
      {props.children}
      {source.data ? (
        <div>
          <CopyButton text={source.data.curl} label="Copy as curl" />
        </div>
      ) : null}
      {test.data || test.error ? (
        <div className="answer-dock stack">
          <div className="spread">
            <span className="soft">
              {test.data && test.data.task !== JSON.stringify(task)
                ? 'Answer to the request as it was before the last change'
                : 'Answer'}
            </span>
            <button type="button" className="button plain" onClick={() => test.reset()}>
              Close answer
            </button>
          </div>
          <Failure error={test.error} />
          {test.data ? (
            <Answer
              key={test.submittedAt}
              result={test.data.result}
              root={props.root}
              onUse={props.onUse}
              isUsed={answer ? props.isUsed?.(answer) : undefined}
            />
          ) : null}
        </div>
      ) : null}
    </div>
  );
}
