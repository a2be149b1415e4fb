// Files of a task: dropped or chosen, downloaded, deleted.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState, type DragEvent } from 'react';
import { api, data } from '../../api/client';
import { Failure, Time } from '../../parts/Parts';
import { upload } from './upload';

interface Sending {
  id: number;
  name: string;
  share: number;
  error?: unknown;
  abort: () => void;
}

export function size(bytes: number) {
  if (bytes < 1024) {
    return `${bytes} B`;
  }
  const units = ['KB', 'MB', 'GB'];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(1)} ${units[unit]}`;
}

interface AttachmentsProps {
  workflowId: string;
  taskId: string;
}

export function Attachments({ workflowId, taskId }: AttachmentsProps) {
  const queries = useQueryClient();
  const key = ['run', workflowId, 'attachments', taskId];
  const path = { workflowId, taskId };
  const base = `/api/workflows/${encodeURIComponent(workflowId)}/tasks/${encodeURIComponent(taskId)}/attachments`;
  const held = useQuery({
    queryKey: key,
    queryFn: () =>
      data(api.GET('/api/workflows/{workflowId}/tasks/{taskId}/attachments', { params: { path } })),
  });
  const remove = useMutation({
    mutationFn: (attachmentId: string) =>
      data(
        api.DELETE('/api/workflows/{workflowId}/tasks/{taskId}/attachments/{attachmentId}', {
          params: { path: { ...path, attachmentId } },
        }),
      ),
    onSettled: () => queries.invalidateQueries({ queryKey: key }),
  });
  const [sending, setSending] = useState<Sending[]>([]);
  const [isOver, setOver] = useState(false);
  const count = useRef(0);
  const chooser = useRef<HTMLInputElement>(null);

  const change = (id: number, what: Partial<Sending>) =>
    setSending((all) => all.map((one) => (one.id === id ? { ...one, ...what } : one)));
  const forget = (id: number) => setSending((all) => all.filter((one) => one.id !== id));
  const send = (files: FileList | null) => {
    for (const file of files ?? []) {
      const id = count.current++;
      const { done, abort } = upload(base, file, (share) => change(id, { share }));
      setSending((all) => [...all, { id, name: file.name, share: 0, abort }]);
      done
        .then(() => queries.invalidateQueries({ queryKey: key }))
        .then(() => forget(id))
        .catch((error: unknown) => change(id, { error }));
    }
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    send(event.dataTransfer.files);
  };
  const files = held.data ?? [];
  return (
    <section
      className={`stack attachments ${isOver ? 'over' : ''}`}
      aria-label="Attachments"
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      <div className="spread">
        <h2>Attachments</h2>
        <input
          ref={chooser}
          type="file"
          multiple
          hidden
          aria-label="Files to attach"
          onChange={(event) => {
            send(event.target.files);
            event.target.value = '';
          }}
        />
        <button type="button" className="button" onClick={() => chooser.current?.click()}>
          Attach files
        </button>
      </div>
      <Failure error={held.error ?? remove.error} />
      {files.length > 0 ? (
        <ul className="task-files">
          {files.map((file) => (
            <li key={file.id}>
              <a href={`${base}/${encodeURIComponent(file.id)}`} download={file.fileName}>
                {file.fileName}
              </a>
              <span className="soft">
                {size(file.sizeInBytes)}, {file.contentType}, <Time at={file.createdOn} />
              </span>
              <button
                type="button"
                className="button plain"
                aria-label={`Delete ${file.fileName}`}
                disabled={remove.isPending}
                onClick={() => remove.mutate(file.id)}
              >
                Delete
              </button>
            </li>
          ))}
        </ul>
      ) : null}
      {sending.map((one) =>
        one.error ? (
          <div key={one.id} className="stack">
            <Failure error={one.error} />
            <div>
              <button type="button" className="button" onClick={() => forget(one.id)}>
                Leave “{one.name}” out
              </button>
            </div>
          </div>
        ) : (
          <div key={one.id} className="row">
            <span>{one.name}</span>
            <progress value={one.share} max={1} aria-label={`Upload of ${one.name}`} />
            <span className="number">{Math.floor(one.share * 100)} %</span>
            <button
              type="button"
              className="button plain"
              aria-label={`Stop the upload of ${one.name}`}
              onClick={() => {
                one.abort();
                forget(one.id);
              }}
            >
              Stop
            </button>
          </div>
        ),
      )}
      {files.length === 0 && sending.length === 0 ? (
        <div className="soft">Drop files here, or press Attach files.</div>
      ) : null}
    </section>
  );
}
