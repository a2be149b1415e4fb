// What runs here.
import { useQuery } from '@tanstack/react-query';
import { aboutQuery, sessionQuery } from '../../api/session';
import { CopyButton, Failure, Time } from '../../parts/Parts';
import { Wide } from '../../parts/Wide';

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
              these pages, the <a href="/openapi.json">workbench API</a>,{' '}
              <a href="/healthz">health</a> and <a href="/metrics">metrics</a>
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
        Read at the start of the server: a flag wins over a variable, and that over the file that{' '}
        <code style={{ whiteSpace: 'nowrap' }}>--config</code> names. A key of the file is the flag
        with low lines instead of dashes.
      </p>
      <Wide label="Settings">
        <table>
          <thead>
            <tr>
              <th scope="col">Setting</th>
              <th scope="col">Value</th>
              <th scope="col">What it is</th>
            </tr>
          </thead>
          <tbody>
            {here?.settings.map((one) => (
              <tr key={one.key}>
                <td className="mono" title={one.variable}>
                  {one.flag ?? one.variable}
                </td>
                <td className="mono">{one.value}</td>
                <td>{one.what}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </>
  );
}
