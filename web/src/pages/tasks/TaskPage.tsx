// One task that a person does: what was given, the answer, files, and what became of it.
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { api, data, type Schemas } from '../../api/client';
import { useKeys, useTrail } from '../../frame/page';
import type { Json } from '../../parts/json';
import { FormDialog } from '../../parts/FormDialog';
import { Failure, Status, Time } from '../../parts/Parts';
import { UnreadFields, useUnread } from '../../parts/unread';
import { useOnce } from '../../parts/useOnce';
import { versionQuery } from '../runs/definitions';
import { isFinal } from '../runs/follow';
import { Lost } from '../runs/Lost';
import { pathOf, useLive } from '../runs/run';
import { Reason } from '../runs/Reason';
import { Json as JsonText } from '../runs/RunJson';
import { tasksOf, type Definition } from '../workflows/definition';
import { Attachments } from './Attachments';
import { formFields, givenInput } from './expected';
import { OutputForm, type Output } from './OutputForm';
import { nextOf, openTasksQuery, rowsOf, taskQuery, useDraft } from './task';
import '../runs/runs.css';

type Task = Schemas['Task'];

export function TaskPage() {
  const { workflowId = '', taskId = '' } = useParams({ strict: false });
  // The task that "Next task" led to: keyboard and screen reader go on at its heading.
  const [next, setNext] = useState('');
  return (
    <Page
      key={`${workflowId} ${taskId}`}
      workflowId={workflowId}
      taskId={taskId}
      takesFocus={taskId === next}
      onNext={setNext}
    />
  );
}

interface PageProps {
  workflowId: string;
  taskId: string;
  takesFocus: boolean;
  onNext: (taskId: string) => void;
}

// Where the focus goes once, when it comes to the page.
const focusOnce = (element: HTMLElement | null) => element?.focus();

// Ctrl+Enter, from wherever on the page but a dialog; an editor would begin a line with it.
function useSubmitKey(submit: () => void) {
  const latest = useRef(submit);
  useEffect(() => {
    latest.current = submit;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isAsked = document.querySelector('[role="dialog"]') !== null;
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !isAsked) {
        event.preventDefault();
        event.stopPropagation();
        latest.current();
      }
    };
    window.addEventListener('keydown', onKey, { capture: true });
    return () => window.removeEventListener('keydown', onKey, { capture: true });
  }, []);
  useKeys([{ key: 'Ctrl+Enter', does: 'Complete the task' }]);
}

function Page({ workflowId, taskId, takesFocus, onNext }: PageProps) {
  const [isDone, setDone] = useState(false);
  const search = useSearch({ from: '/inside/tasks' });
  const task = useQuery(taskQuery(workflowId, taskId));
  const run = useQuery({
    queryKey: ['run', workflowId, 'workflow'],
    queryFn: () => data(api.GET('/api/workflows/{workflowId}', pathOf(workflowId))),
  });
  const definition = useQuery(
    versionQuery(task.data?.workflowDefinitionId, task.data?.workflowDefinitionVersion),
  );
  const lostAt = useLive(workflowId, run.data !== undefined && !isFinal(run.data.status));
  const it = task.data;
  const defined = (definition.data ? tasksOf(definition.data) : []).find(
    ({ name }) => name === it?.taskName,
  )?.task;
  useTrail([{ text: it?.taskName ?? taskId }]);
  return (
    <article className="task-page" aria-label={it?.taskName ?? 'Task'}>
      <Link to="/tasks" search={search} className="task-back">
        ‹ All tasks
      </Link>
      <Lost since={lostAt} />
      {lostAt === undefined ? (
        <Failure error={task.error ?? run.error ?? definition.error} />
      ) : null}
      {it ? (
        <>
          <div className="spread">
            <h1 ref={takesFocus ? focusOnce : undefined} tabIndex={-1} data-keeps-focus>
              {it.taskName}
            </h1>
            <span role="status">
              {it.status === 'InProgress' && !it.systemTask ? (
                <span className="status busy">
                  <span>Waits for someone</span>
                </span>
              ) : (
                <Status name={it.status} />
              )}
            </span>
          </div>
          <p className="soft">
            <Link to="/runs/$workflowId" params={{ workflowId }} search={{ task: it.taskName }}>
              {definition.data?.name ?? 'Run'} {run.data ? `#${run.data.sequenceNumber}` : ''}
            </Link>
            , {it.status === 'InProgress' ? 'waiting since' : 'asked'}{' '}
            <Time at={it.createdOn ?? null} as="short" />
          </p>
          {typeof defined?.description === 'string' ? (
            <p className="run-reason">{defined.description}</p>
          ) : null}
          <Given input={givenInput(it.input)} />
          {it.systemTask ? (
            <p className="note">Tartan does this task itself; nobody has to answer it.</p>
          ) : it.status === 'InProgress' && definition.isPending ? null : it.status ===
            'InProgress' ? (
            <Answer task={it} definition={definition.data} onDone={() => setDone(true)} />
          ) : (
            <Ended task={it} takesFocus={isDone} onNext={onNext} />
          )}
          <Attachments workflowId={workflowId} taskId={taskId} />
        </>
      ) : task.error ? null : (
        <div role="status">Reading the task…</div>
      )}
    </article>
  );
}

function Given({ input }: { input: { [name: string]: Json } }) {
  const fields = Object.entries(input);
  if (fields.length === 0) {
    return <p className="soft">It was given nothing.</p>;
  }
  return (
    <dl className="task-given" aria-label="What it was given">
      {fields.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {typeof value === 'object' && value !== null ? (
              <pre tabIndex={0}>{JSON.stringify(value, null, 2)}</pre>
            ) : (
              String(value)
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

interface EndedProps {
  task: Task;
  takesFocus: boolean;
  onNext: (taskId: string) => void;
}

function Ended({ task, takesFocus, onNext }: EndedProps) {
  const search = useSearch({ from: '/inside/tasks' });
  const open = useInfiniteQuery(openTasksQuery(search));
  const next = nextOf(rowsOf(open.data?.pages, search), task);
  return (
    <div className="stack">
      {task.failedReason ? <Reason status={task.status} text={task.failedReason} /> : null}
      {task.status === 'Completed' ? (
        <p>
          Completed <Time at={task.modifiedOn ?? null} as="short" />; the run goes on with this
          output.
        </p>
      ) : null}
      <div className="row">
        {next ? (
          <Link
            to="/tasks/$workflowId/$taskId"
            params={{ workflowId: next.workflowId, taskId: next.id }}
            search={search}
            className="button primary"
            ref={takesFocus ? focusOnce : undefined}
            onClick={() => onNext(next.id)}
          >
            Next task
          </Link>
        ) : null}
        <Link
          to="/runs/$workflowId"
          params={{ workflowId: task.workflowId }}
          search={{ task: task.taskName }}
          className="button"
          ref={takesFocus && !next ? focusOnce : undefined}
        >
          See the run
        </Link>
        {next || !open.isSuccess ? null : <span className="soft">Nothing else waits.</span>}
      </div>
      {task.status === 'Completed' ? <JsonText title="Output" value={task.output} /> : null}
    </div>
  );
}

interface AnswerProps {
  task: Task;
  definition: Definition | null | undefined;
  onDone: () => void;
}

function Answer({ task, definition, onDone }: AnswerProps) {
  const queries = useQueryClient();
  const [isFailing, setFailing] = useState(false);
  const input = givenInput(task.input);
  const fields = formFields(definition, task.taskName, input);
  const [output, setOutput, forget] = useDraft(task.id, () => {
    const first: Output = {};
    for (const { name, kind } of fields) {
      const value = input[name] ?? (kind === 'boolean' ? false : undefined);
      if (value !== undefined) {
        first[name] = value;
      }
    }
    return first;
  });
  const changed = (now: Task) => {
    forget();
    onDone();
    queries.setQueryData(['run', task.workflowId, 'task', task.id], now);
    void queries.invalidateQueries({ queryKey: ['tasks'] });
    void queries.invalidateQueries({ queryKey: ['run', task.workflowId] });
  };
  const params = { path: { workflowId: task.workflowId, taskId: task.id } };
  const complete = useMutation({
    mutationFn: () =>
      data(
        api.POST('/api/workflows/{workflowId}/tasks/{taskId}/complete', {
          params,
          body: { output: output as Record<string, never> },
        }),
      ),
    onSuccess: changed,
  });
  const [isUnread, tellUnread] = useUnread();
  const submit = useOnce(complete.isPending, () => {
    if (!isUnread) {
      complete.mutate();
    }
  });
  useSubmitKey(submit);
  const isTaken =
    task.leasedUntil !== null &&
    task.leasedUntil !== undefined &&
    Date.parse(task.leasedUntil) > Date.now();
  return (
    <>
      <form
        className="stack"
        aria-label="Answer"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <h2>Your answer</h2>
        {isTaken ? (
          <div className="note warn">
            The worker {task.workerId} has this task until <Time at={task.leasedUntil ?? null} />.
            An answer is taken when that ends.
          </div>
        ) : null}
        <UnreadFields value={tellUnread}>
          <OutputForm fields={fields} output={output} onChange={setOutput} />
        </UnreadFields>
        <Failure error={complete.error} />
        <div className="row">
          <button
            type="submit"
            className="button primary"
            disabled={complete.isPending || isUnread}
            title={isUnread ? 'Something typed can’t be read yet' : 'Ctrl+Enter'}
          >
            Complete task
          </button>
          <button type="button" className="button" onClick={() => setFailing(true)}>
            Fail…
          </button>
        </div>
      </form>
      {isFailing ? (
        <FailDialog task={task} onDone={changed} onClose={() => setFailing(false)} />
      ) : null}
    </>
  );
}

interface FailDialogProps {
  task: Task;
  onDone: (now: Task) => void;
  onClose: () => void;
}

function FailDialog({ task, onDone, onClose }: FailDialogProps) {
  const [reason, setReason] = useState('');
  const fail = useMutation({
    mutationFn: () =>
      data(
        api.POST('/api/workflows/{workflowId}/tasks/{taskId}/fail', {
          params: { path: { workflowId: task.workflowId, taskId: task.id } },
          body: { reason: reason.trim() },
        }),
      ),
    onSuccess: (now) => {
      onDone(now);
      onClose();
    },
  });
  return (
    <FormDialog
      title={`Fail “${task.taskName}”`}
      what="The task fails for this reason, and its run with it. The failure workflow starts, if the definition has one."
      verb="Fail task"
      isReady={reason.trim() !== ''}
      isBusy={fail.isPending}
      error={fail.error}
      onSubmit={() => fail.mutate()}
      onClose={onClose}
    >
      <label>
        Reason
        <textarea
          className="field task-text"
          rows={3}
          maxLength={4000}
          value={reason}
          placeholder="What is wrong; stands in the history"
          onChange={(event) => setReason(event.target.value)}
        />
      </label>
    </FormDialog>
  );
}
