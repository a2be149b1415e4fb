// What runs here, and the first steps.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, data, type Schemas } from '../../api/client';
import { aboutQuery } from '../../api/session';
import { CopyButton, Failure, Status, Time } from '../../parts/Parts';
import { Imports } from './Imports';
import './start.css';

type Demo = NonNullable<Schemas['About']['demo']>;

function Rows({ label, rows }: { label: string; rows: [string, string][] }) {
  return (
    <dl className="start-rows" aria-label={label}>
      {rows.map(([name, value]) => (
        <div key={`${name} ${value}`}>
          <dt>{name}</dt>
          <dd>
            <code>{value}</code>
            <CopyButton text={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function removalOf(sandbox: string, { clientId = '', userId = '', itemIds = [] }: Demo) {
  const body = JSON.stringify({ user_id: userId, item_ids: itemIds.slice(0, 1) });
  return [
    `curl -s ${sandbox}/user/items/remove`,
    `-H 'Content-Type: application/json' -H 'PLAID-CLIENT-ID: ${clientId}'`,
    `-H "PLAID-SECRET: $PLAID_SECRET" -d '${body}'`,
  ].join(' \\\n  ');
}

function DemoUser({ sandbox, demo }: { sandbox: string; demo: Demo }) {
  const items = demo.itemIds ?? [];
  const call = removalOf(sandbox, demo);
  return (
    <section>
      <h2>Demo User in the sandbox</h2>
      <Rows
        label="Demo User"
        rows={[['User', demo.userId ?? ''], ...items.map((id): [string, string] => ['Item', id])]}
      />
      {items.length > 0 ? (
        <details>
          <summary>Remove its first Item from a terminal</summary>
          <div className="stack start-call">
            <pre tabIndex={0}>{call}</pre>
            <div>
              <CopyButton text={call} label="Copy command" />
            </div>
          </div>
        </details>
      ) : (
        <p className="soft">It has no Items left.</p>
      )}
    </section>
  );
}

function Activity() {
  const counts = useQuery({
    queryKey: ['workflows', 'counts'],
    queryFn: () => data(api.GET('/api/workflows/counts')),
    refetchInterval: 15_000,
  });
  const waiting = useQuery({
    queryKey: ['tasks', 'waiting'],
    queryFn: () => data(api.GET('/api/tasks', { params: { query: { size: 100 } } })),
    refetchInterval: 15_000,
  });
  const some = Object.entries(counts.data?.counts ?? {}).filter(([, number]) => number > 0);
  const tasks = waiting.data?.content.length ?? 0;
  return (
    <section>
      <h2>Runs</h2>
      <Failure error={counts.error ?? waiting.error} />
      <div className="start-counts">
        {some.map(([status, number]) => (
          <Link key={status} to="/runs" search={{ status }} className="button">
            <Status name={status} /> <span className="number">{number.toLocaleString()}</span>
          </Link>
        ))}
        {tasks > 0 ? (
          <Link to="/tasks" className="button">
            {tasks}
            {waiting.data?.next ? ' and more' : ''} {tasks === 1 ? 'task waits' : 'tasks wait'} for
            someone
          </Link>
        ) : null}
        {some.length === 0 && counts.isSuccess ? (
          <span className="soft">Nothing has run yet.</span>
        ) : null}
      </div>
    </section>
  );
}

function Running({ here }: { here: Schemas['About'] }) {
  return (
    <section id="running">
      <h2>What is running</h2>
      <Rows
        label="What is running"
        rows={[
          ...here.environments.map((one): [string, string] => [
            `Users & Items, ${one.name}`,
            one.url.replace(/\/$/, ''),
          ]),
          ...here.clients.map((one): [string, string] => [
            `client_id of ${one.name}`,
            one.clientId,
          ]),
        ]}
      />
      <p className="soft">
        The secrets were shown once, in the terminal where Tartan first started;{' '}
        <code>tartan client rotate-secret</code> makes new ones.
      </p>
    </section>
  );
}

function NextSteps() {
  return (
    <section>
      <h2>To do next</h2>
      <ol className="start-next">
        <li>
          <Link to="/catalogue" search={{ q: 'remove items of user' }}>
            Search an API and try it
          </Link>
          <span className="soft">
            Read its reference, send a request, see the answer. <kbd>/</kbd> searches from anywhere.
          </span>
        </li>
        <li>
          <Link to="/workflows">Make a workflow</Link>
          <span className="soft">
            Add an HTTP task, choose an API, test the request, run it and watch.
          </span>
        </li>
        <li>
          <a href="#running">Point a Plaid client library here</a>
          <span className="soft">
            Set its address to the sandbox’s, with this client_id; the rest of your code stays.
          </span>
        </li>
      </ol>
    </section>
  );
}

export function StartPage() {
  const about = useQuery(aboutQuery);
  const here = about.data;
  const sandbox = here?.environments.find((one) => one.name === 'sandbox')?.url ?? '';
  return (
    <div className="page start">
      <h1>Start</h1>
      <Failure error={about.error} />
      <div className="start-columns">
        <div>
          {here ? <Running here={here} /> : null}
          <NextSteps />
          <Activity />
        </div>
        <div>
          <Imports />
          {here?.demo ? <DemoUser sandbox={sandbox.replace(/\/$/, '')} demo={here.demo} /> : null}
        </div>
      </div>
      {here ? (
        <p className="soft start-foot">
          Tartan {here.version}, running since <Time at={here.startedAt} />. Data:{' '}
          <code>{here.dataDirectory}</code>
          {here.ephemeral ? ', gone when Tartan stops' : ''}
        </p>
      ) : null}
    </div>
  );
}
