// What belongs to the workflow as a whole: shown when no task is chosen.
import { useQuery } from '@tanstack/react-query';
import { Tabs } from 'radix-ui';
import { api, data, type Schemas } from '../../api/client';
import { JsonField } from '../../http-task/JsonField';
import { ExpressionRows } from '../../parts/ExpressionRows';
import { asObject, asText, withFields } from '../../parts/json';
import { Failure } from '../../parts/Parts';
import type { Definition } from './definition';
import { Choice, NumberField, TextField, type Set } from './fields';
import type { Samples } from './samples';
import { Versions } from './Versions';

interface DefinitionPanelProps {
  definitionId: string;
  definition: Definition;
  text: string;
  etag: string;
  samples: Samples;
  tab: string;
  onTab: (tab: string) => void;
  onChange: (definition: Definition, key?: string) => void;
  // Of the workflow as a whole.
  problems: Schemas['Problem'][];
}

const nothing = { names: {}, values: {} };

export function DefinitionPanel(props: DefinitionPanelProps) {
  const { definitionId, definition, samples } = props;
  const set: Set = (fields) =>
    props.onChange(
      withFields(definition, fields) as Definition,
      `workflow ${Object.keys(fields).join()}`,
    );
  return (
    <>
      {props.problems.map(({ pointer, message, hint }) => (
        <div key={`${pointer} ${message}`} className="bad-text" style={{ marginBottom: 8 }}>
          {[message, hint].filter(Boolean).join('; ')}
        </div>
      ))}
      <Tabs.Root value={props.tab} onValueChange={props.onTab} activationMode="manual">
        <Tabs.List className="tabs" aria-label="Settings of the workflow">
          <Tabs.Trigger value="general">Workflow</Tabs.Trigger>
          <Tabs.Trigger value="errors">Error handling</Tabs.Trigger>
          <Tabs.Trigger value="variables">Variables</Tabs.Trigger>
          <Tabs.Trigger value="samples">Sample data</Tabs.Trigger>
          <Tabs.Trigger value="versions">Versions</Tabs.Trigger>
        </Tabs.List>
        <Tabs.Content value="general" className="stack">
          <p className="soft">
            Choose a task to configure it, or add one. Drag from the lower edge of a task to another
            one to connect them; drag the end of a route elsewhere, or choose it and press Delete.
            With the keyboard: arrows choose, Enter opens, Shift and arrows move.
          </p>
          <TextField
            label="Description"
            value={definition.description}
            onChange={(description) => set({ description })}
          />
          <Choice
            label="First task"
            value={definition.startTask}
            options={Object.keys(definition.tasks).map((value) => ({ value, label: value }))}
            onChange={(startTask) => set({ startTask })}
          />
          <div className="form-grid">
            <NumberField
              label="Timeout, seconds (0: none)"
              placeholder="0"
              value={definition.timeoutSeconds}
              onChange={(timeoutSeconds) => set({ timeoutSeconds })}
            />
            <NumberField
              label="Runs at the same time (0: no limit)"
              placeholder="0"
              value={definition.maxConcurrentWorkflows}
              onChange={(maxConcurrentWorkflows) => set({ maxConcurrentWorkflows })}
            />
          </div>
        </Tabs.Content>
        <Tabs.Content value="errors">
          <ErrorHandling definitionId={definitionId} definition={definition} set={set} />
        </Tabs.Content>
        <Tabs.Content value="variables" className="stack">
          <p className="soft">
            Values that every task can read: <code>{'${variables.name}'}</code>. They hold no
            expressions themselves.
          </p>
          <ExpressionRows
            label="Variables"
            noun="variable"
            value={asObject(definition.variables)}
            onChange={(variables) => set({ variables })}
            readable={nothing}
          />
        </Tabs.Content>
        <Tabs.Content value="samples">
          <SampleData samples={samples} />
        </Tabs.Content>
        <Tabs.Content value="versions">
          <Versions
            definitionId={definitionId}
            now={props.text}
            etag={props.etag}
            onRestore={(restored) => props.onChange(restored)}
          />
        </Tabs.Content>
      </Tabs.Root>
    </>
  );
}

function ErrorHandling({
  definitionId,
  definition,
  set,
}: {
  definitionId: string;
  definition: Definition;
  set: Set;
}) {
  const others = useQuery({
    queryKey: ['definitions', ''],
    queryFn: () => data(api.GET('/api/workflow-definitions', { params: { query: {} } })),
  });
  const chosen = asText(definition.failureWorkflow);
  const options = (others.data?.content ?? [])
    .filter((one) => one.id !== definitionId)
    .map((one) => ({ value: one.id, label: one.name }));
  return (
    <div className="stack">
      <p className="soft">
        When a run fails or times out, another workflow can clean up. It is given this run’s input
        and what went wrong.
      </p>
      <Failure error={others.error} />
      <Choice
        label="Failure workflow"
        value={chosen}
        options={[{ value: '', label: 'none' }, ...options]}
        onChange={(id) =>
          set({
            failureWorkflow: id || undefined,
            failureWorkflowVersion: id ? definition.failureWorkflowVersion : undefined,
          })
        }
      />
      {chosen !== '' ? (
        <NumberField
          label="Its version (0: the latest)"
          placeholder="0"
          value={definition.failureWorkflowVersion}
          onChange={(failureWorkflowVersion) => set({ failureWorkflowVersion })}
        />
      ) : null}
    </div>
  );
}

function SampleData({ samples }: { samples: Samples }) {
  const kept = Object.entries(samples.outputs);
  return (
    <div className="stack">
      <p className="soft">
        Expressions complete from this and show what they would give. It stays in this browser and
        is no part of the workflow.
      </p>
      <div className="sample-input">
        <JsonField
          label="Input of the workflow (sample)"
          value={samples.input}
          onChange={(input) => samples.setInput(asObject(input))}
        />
      </div>
      {kept.length === 0 ? (
        <div className="soft">
          No answer is kept yet: test a request and choose “Use this response as sample data”. What
          the last run gave is used by itself.
        </div>
      ) : (
        <table>
          <thead>
            <tr>
              <th>Task with a kept answer</th>
              <th>
                <span className="visually-hidden">Forget</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {kept.map(([name]) => (
              <tr key={name}>
                <td>{name}</td>
                <td className="number">
                  <button
                    type="button"
                    className="button"
                    onClick={() => samples.forgetOutput(name)}
                  >
                    Forget it
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
