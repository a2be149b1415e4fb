// An Http task's API: search it, click its name, and the request is prepared. Or paste curl.
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, data, type Schemas } from '../../api/client';
import type { Need } from '../../http-task/Credentials';
import { asObject, asText } from '../../parts/json';
import { Failure, Method } from '../../parts/Parts';
import { Hits, searchQuery } from '../catalogue/Hits';
import { prepareQuery } from '../catalogue/TryIt';
import type { Task } from './definition';

const hitsMax = 12;

export interface Prepared {
  name: string;
  task: Task;
  needs: Need[];
  warnings: string[];
}
const preparedFrom = ({
  name,
  task,
  credentials,
  warnings,
}: Schemas['PreparedTask']): Prepared => ({
  name,
  task: task as Task,
  needs: credentials,
  warnings,
});

// As it is copied from a page, perhaps with the sign of the shell in front.
const isCurl = (text: string) =>
  /^\s*(?:[$#%>]\s+)?(?:sudo\s+)?(?:\S*\/)?curl(?:\.exe)?\s+\S/i.test(text);

export function ApiField({
  task,
  onPrepared,
}: {
  task: Task;
  onPrepared: (made: Prepared) => void;
}) {
  const [q, setQ] = useState('');
  const found = useQuery({
    ...searchQuery({ q }),
    enabled: q.trim() !== '' && !isCurl(q),
    placeholderData: keepPreviousData,
  });
  const [index, setIndex] = useState(0);
  const prepare = useMutation({
    mutationFn: (operationId: string) => prepareQuery(operationId).queryFn(),
    onSuccess: (prepared) => {
      setQ('');
      onPrepared(preparedFrom(prepared));
    },
  });
  const paste = useMutation({
    mutationFn: (command: string) =>
      data(api.POST('/api/http-task/from-curl', { body: { command } })),
    onSuccess: (prepared) => {
      setQ('');
      onPrepared(preparedFrom(prepared));
    },
  });
  const catalog = asObject(asObject(task.metadata).catalog);
  const hasApi = Object.keys(catalog).length > 0;
  const hits = q.trim() === '' || isCurl(q) ? [] : (found.data?.content ?? []).slice(0, hitsMax);
  return (
    <div className="stack" style={{ gap: 4 }}>
      {hasApi ? (
        <div className="row">
          <span className="soft">API</span> <Method name={asText(catalog.method)} />
          <code>{asText(catalog.path)}</code> <span className="soft">{asText(catalog.api)}</span>
        </div>
      ) : null}
      <input
        className="field"
        type="search"
        aria-label="Search an API"
        placeholder={
          hasApi
            ? 'Choose another API, or paste a curl command'
            : 'Search an API, or paste a curl command'
        }
        data-first={hasApi ? undefined : ''}
        value={q}
        onChange={(event) => {
          setQ(event.target.value);
          setIndex(0);
          paste.reset();
          prepare.reset();
        }}
        onPaste={(event) => {
          const command = event.clipboardData.getData('text');
          if (isCurl(command)) {
            // Stays until it could be read, to be mended.
            setQ(command.trim());
            event.preventDefault();
            paste.mutate(command);
          }
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
            event.preventDefault();
            const step = event.key === 'ArrowDown' ? 1 : -1;
            setIndex(Math.max(0, Math.min(hits.length - 1, index + step)));
          } else if (event.key === 'Enter' && isCurl(q)) {
            paste.mutate(q);
          } else if (event.key === 'Enter' && hits[index]) {
            event.preventDefault();
            // Who types fast is ahead of the rows: never use what was found before.
            if (!found.isPlaceholderData) {
              prepare.mutate(hits[index].id);
            }
          } else if (event.key === 'Escape') {
            setQ('');
          }
        }}
      />
      <Failure error={prepare.error ?? paste.error ?? found.error} />
      {q.trim() !== '' && !isCurl(q) ? (
        <div className="note" style={{ padding: 0, maxHeight: 320, overflow: 'auto' }}>
          <Hits
            hits={hits}
            selected={hits[index]?.id}
            onSelect={(at) => hits[at] && prepare.mutate(hits[at].id)}
            typed={q}
            isReady={found.isSuccess}
            isBehind={found.isPlaceholderData}
          />
        </div>
      ) : null}
    </div>
  );
}
