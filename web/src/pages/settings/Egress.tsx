// Where requests of tasks, tests and imports may go.
import { useQuery } from '@tanstack/react-query';
import { aboutQuery } from '../../api/session';
import { Failure } from '../../parts/Parts';
import { Command } from '../../parts/Command';
import { meaningOf } from './rule';

export function Egress() {
  const about = useQuery(aboutQuery);
  const rules = about.data?.egressAllow ?? [];
  const wider = [...new Set([...rules, '10.1.0.0/16', 'build.internal:8443'])];
  return (
    <>
      <p className="soft">
        Http tasks, test requests, OAuth tokens and imports by URL may reach public addresses, and
        this server’s own sandbox and production listeners. Loopback, private, link-local and cloud
        metadata addresses are refused, unless a rule below opens them. Each connection is judged by
        the address that is really opened, so neither a name nor a redirect leads around it.
      </p>
      <Failure error={about.error} />
      <h2>What is open beside that</h2>
      {about.data && rules.length === 0 ? (
        <p className="soft">Nothing: only public addresses and this server’s own listeners.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">Rule</th>
              <th scope="col">Opens</th>
            </tr>
          </thead>
          <tbody>
            {rules.map((rule) => (
              <tr key={rule}>
                <td className="mono">{rule}</td>
                <td>{meaningOf(rule)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <h2>Change it</h2>
      <p className="soft">
        The policy is a setting of the server, read at its start, so that nobody who may only edit a
        workflow can open the network. A rule is an address, a range or a host name, each with a
        port where you like. Give it as a flag:
      </p>
      <Command
        text={['tartan serve', ...wider.map((rule) => `--egress-allow ${rule}`)].join(' ')}
      />
      <p className="soft">or as a variable, or in the file that --config names:</p>
      <Command text={`TARTAN_EGRESS_ALLOW=${wider.join(',')}`} />
      <Command text={`egress_allow = [${wider.map((rule) => `"${rule}"`).join(', ')}]`} />
    </>
  );
}
