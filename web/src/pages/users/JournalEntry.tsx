// One request to the Users & Items API and its answer, with what is secret masked.
import { useQuery } from '@tanstack/react-query';
import { api, data, Problem, type Schemas } from '../../api/client';
import { useNameOf } from '../../parts/useNameOf';
import { CopyButton, Failure, Method, Time } from '../../parts/Parts';
import { counted, type Environment } from './items';

export function StatusCode({ status }: { status: number }) {
  return <span className={status < 400 ? 'code-good' : 'code-bad'}>{status}</span>;
}

function pretty(text: string) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

const asSentence = (text: string) => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;

interface SideProps {
  title: string;
  headers: Schemas['HttpField'][];
  body: Schemas['JournalBody'];
}

function Side({ title, headers, body }: SideProps) {
  const text = body.cut ? body.text : pretty(body.text);
  return (
    <section className="stack" style={{ gap: 8 }}>
      <div className="spread">
        <h3>{title}</h3>
        {text ? <CopyButton text={text} label="Copy body" /> : null}
      </div>
      <details>
        <summary>{counted(headers.length, 'header')}</summary>
        <table>
          <tbody>
            {headers.map(({ name, value }, index) => (
              <tr key={index}>
                <th scope="row">{name}</th>
                <td className="mono">{value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
      {text ? (
        <pre tabIndex={0} aria-label={`Body of the ${title.toLowerCase()}`}>
          {text}
        </pre>
      ) : (
        <div className="soft">No body.</div>
      )}
      {body.cut ? (
        <div className="soft">Only its beginning is kept: {body.bytes.toLocaleString()} bytes.</div>
      ) : null}
    </section>
  );
}

interface EntryProps {
  environment: Environment;
  entryId: string;
  onClose: () => void;
}

export function Entry({ environment, entryId, onClose }: EntryProps) {
  const entry = useQuery({
    queryKey: ['items', environment, 'journal-entry', entryId],
    queryFn: () =>
      data(
        api.GET('/api/environments/{environment}/journal/{entryId}', {
          params: { path: { environment, entryId } },
        }),
      ),
    staleTime: Infinity,
  });
  const nameOf = useNameOf();
  const gone =
    entry.error instanceof Problem && entry.error.status === 404 ? entry.error.message : undefined;
  const seen = entry.data;
  return (
    <aside className="detail" aria-label="The opened request">
      <div className="spread">
        <h2>
          {seen ? (
            <>
              <Method name={seen.entry.method} /> {seen.entry.path}
              {seen.query ? `?${seen.query}` : ''}
            </>
          ) : (
            'Request'
          )}
        </h2>
        <button
          type="button"
          className="button plain"
          onClick={onClose}
          aria-label="Close the request"
        >
          ✕
        </button>
      </div>
      {gone ? <div className="note">{asSentence(gone)}</div> : <Failure error={entry.error} />}
      {seen ? (
        <>
          <dl className="facts">
            <dt>Answer</dt>
            <dd>
              <StatusCode status={seen.entry.status} /> {seen.entry.errorCode} in{' '}
              {seen.entry.durationMs.toFixed(1)} ms
            </dd>
            <dt>Arrived</dt>
            <dd>
              <Time at={seen.entry.at} />
            </dd>
            <dt>Client</dt>
            <dd>
              {seen.entry.clientId ? (
                <>
                  {nameOf(seen.entry.clientId)} <code>{seen.entry.clientId}</code>
                </>
              ) : (
                'nobody proved who asks'
              )}
            </dd>
            <dt>request_id</dt>
            <dd>
              <code>{seen.entry.requestId}</code>
            </dd>
          </dl>
          <Side title="Request" headers={seen.requestHeaders} body={seen.requestBody} />
          <Side title="Answer" headers={seen.responseHeaders} body={seen.responseBody} />
        </>
      ) : null}
    </aside>
  );
}
