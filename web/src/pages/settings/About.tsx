// What runs here.
import { useQuery } from '@tanstack/react-query';
import { aboutQuery, sessionQuery } from '../../api/session';
import { CopyButton, Failure, Time } from '../../parts/Parts';
import { Command, quoted } from '../../parts/Command';

export function About() {
  const about = useQuery(aboutQuery);
  const session = useQuery(sessionQuery);
  const here = about.data;
  return (
    <>
      <Failure error={about.error} />
      {here ? (
        <dl className="facts">
          <dt>Version</dt>
          <dd>Tartan {here.version}</dd>
          <dt>Running since</dt>
          <dd>
            <Time at={here.startedAt} />
          </dd>
          <dt>Signed in with</dt>
          <dd>
            {session.data?.name || 'a token without a name'}, scope {session.data?.scope}
            {session.data?.expiresAt ? (
              <>
                , until <Time at={session.data.expiresAt} />
              </>
            ) : null}
          </dd>
          <dt>Data directory</dt>
          <dd className="row" style={{ flexWrap: 'wrap' }}>
            <code>{here.dataDirectory}</code>
            <CopyButton text={here.dataDirectory} />
            {here.ephemeral ? <span className="soft">gone when Tartan stops</span> : null}
          </dd>
        </dl>
      ) : null}
      <h2>Listeners</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Listener</th>
            <th scope="col">Address</th>
            <th scope="col">What it serves</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <td>workbench</td>
            <td className="mono">{window.location.origin}</td>
            <td>
              these pages, the <a href="/openapi.json">workbench API</a>, <a href="/healthz">health</a>{' '}
              and <a href="/metrics">metrics</a>
            </td>
          </tr>
          {here?.environments.map((one) => (
            <tr key={one.name}>
              <td>{one.name}</td>
              <td className="mono">{one.url}</td>
              <td>the Users &amp; Items API, {one.name} environment</td>
            </tr>
          ))}
        </tbody>
      </table>
      <h2>Settings and limits</h2>
      <p className="soft">
        Sizes, deadlines, connections and retention are settings of the server, read at its start:
        flags win over TARTAN_ variables over the file that --config names. With the flags that this
        server was started with, this prints all that hold:
      </p>
      <Command text={`tartan serve --print-config${here ? ` --data ${quoted(here.dataDirectory)}` : ''}`} />
    </>
  );
}
