// The workflow definitions.
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, data } from '../../api/client';
import { Empty, Failure, Time } from '../../parts/Parts';

// The smallest definition that is valid: the person adds what it does.
const fresh = {
  name: 'New workflow',
  startTask: 'Done',
  tasks: { Done: { type: 'Terminate', terminationStatus: 'Completed' } },
};

export function WorkflowsPage() {
  const navigate = useNavigate();
  const [q, setQ] = useState('');
  const definitions = useQuery({
    queryKey: ['definitions', q],
    queryFn: () =>
      data(api.GET('/api/workflow-definitions', { params: { query: q ? { q } : {} } })),
  });
  const make = useMutation({
    mutationFn: () =>
      data(
        api.POST('/api/workflow-definitions', {
          body: fresh,
        }),
      ),
    onSuccess: (id) =>
      navigate({ to: '/workflows/$definitionId', params: { definitionId: String(id) } }),
  });
  const rows = definitions.data?.content ?? [];
  return (
    <div className="page">
      <div className="spread">
        <h1>Workflows</h1>
        <button type="button" className="button primary" onClick={() => make.mutate()}>
          New workflow
        </button>
      </div>
      <Failure error={definitions.error ?? make.error} />
      {rows.length === 0 && definitions.isSuccess && q === '' ? (
        <Empty>
          <div>
            A workflow is a graph of tasks: HTTP requests, decisions, waits, work for people. Make
            one, or <Link to="/catalogue">start from an API in the catalogue</Link>.
          </div>
          <button type="button" className="button" onClick={() => make.mutate()}>
            Make the first workflow
          </button>
        </Empty>
      ) : (
        <>
          <input
            className="field"
            style={{ maxWidth: 320, margin: '8px 0' }}
            aria-label="Filter by name"
            placeholder="Filter by name"
            value={q}
            onChange={(event) => setQ(event.target.value)}
          />
          <table>
            <thead>
              <tr>
                <th>Name</th>
                <th className="number">Version</th>
                <th>State</th>
                <th>Changed</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((one) => (
                <tr key={one.id}>
                  <td>
                    <Link to="/workflows/$definitionId" params={{ definitionId: one.id }}>
                      {one.name}
                    </Link>
                  </td>
                  <td className="number">{one.version}</td>
                  <td>{one.disabled ? 'disabled' : 'enabled'}</td>
                  <td>
                    <Time at={one.modifiedOn ?? one.createdOn} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </div>
  );
}
