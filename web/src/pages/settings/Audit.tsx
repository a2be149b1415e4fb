// Who did what to clients, tokens, credentials, definitions and workflows; newest first.
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo, useRef, useState } from 'react';
import { api, data, type Schemas } from '../../api/client';
import { useKeys } from '../../frame/page';
import { Id } from '../../parts/Id';
import { Empty, Failure, Time } from '../../parts/Parts';
import { TwoLines } from '../../parts/TwoLines';
import { VirtualTable, type Column } from '../../parts/VirtualTable';
import { useNames } from './useNames';

type Entry = Schemas['AuditEntry'];

const pageSize = 500;

const deeds: Record<string, string> = {
  'session.begin': 'signed a browser in with a token',
  'session.end': 'signed out',
  'client.create': 'made a client',
  'client.rotate-sandbox-secret': 'rotated the sandbox secret of a client',
  'client.rotate-production-secret': 'rotated the production secret of a client',
  'token.create': 'made a token',
  'token.revoke': 'revoked a token',
  'definition.create': 'made a workflow',
  'definition.put': 'changed a workflow',
  'definition.enable': 'enabled a workflow',
  'definition.disable': 'disabled a workflow',
  'definition.delete': 'deleted a workflow',
  'credential.create': 'saved a credential',
  'credential.put': 'replaced a credential',
  'credential.delete': 'deleted a credential',
  'workflow.delete': 'deleted a run',
};

const kinds = [
  { of: 'client', label: 'Clients' },
  { of: 'token', label: 'Tokens' },
  { of: 'session', label: 'Sign-ins' },
  { of: 'credential', label: 'Credentials' },
  { of: 'definition', label: 'Workflows' },
  { of: 'workflow', label: 'Runs' },
];

interface DeedProps {
  entry: Entry;
  names: Map<string, string>;
}

function Subject({ entry: { action, subject }, names }: DeedProps) {
  const name = names.get(subject);
  const shown = name ? <span title={subject}>{name}</span> : <Id text={subject} />;
  return action.startsWith('definition.') && action !== 'definition.delete' ? (
    <Link to="/workflows/$definitionId" params={{ definitionId: subject }}>
      {shown}
    </Link>
  ) : (
    shown
  );
}

function Who({ entry: { by }, names }: DeedProps) {
  return by === 'local' ? (
    <span title="The command line on the server’s machine, or its first start">this machine</span>
  ) : (
    <span title={by}>{names.get(by) || <Id text={by} />}</span>
  );
}

const Did = ({ action }: Entry) => <span title={action}>{deeds[action] ?? action}</span>;

export function Audit() {
  const [kind, setKind] = useState('');
  const [text, setText] = useState('');
  const log = useInfiniteQuery({
    queryKey: ['audit'],
    queryFn: ({ pageParam }) =>
      data(
        api.GET('/api/audit', {
          params: { query: { size: pageSize, ...(pageParam ? { next: pageParam } : {}) } },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    staleTime: 0,
    gcTime: 0,
  });
  const { names, error } = useNames();
  const find = useRef<HTMLInputElement>(null);
  useKeys([{ key: 'f', does: 'Find in the log', act: () => find.current?.focus() }]);
  const entries = useMemo(() => log.data?.pages.flatMap((page) => page.content) ?? [], [log.data]);
  const wanted = text.trim().toLowerCase();
  const shown = entries.filter(
    (one) =>
      (kind === '' || one.action.startsWith(`${kind}.`)) &&
      (wanted === '' ||
        [
          one.action,
          deeds[one.action],
          one.by,
          names.get(one.by),
          one.subject,
          names.get(one.subject),
        ].some((part) => part?.toLowerCase().includes(wanted))),
  );
  const columns: Column<Entry>[] = [
    { head: 'When', width: 200, cell: (one) => <Time at={one.at} /> },
    { head: 'Who', width: 170, cell: (one) => <Who entry={one} names={names} /> },
    { head: 'Did', width: 280, cell: Did },
    { head: 'To', cell: (one) => <Subject entry={one} names={names} /> },
  ];
  return (
    <>
      <p className="soft">
        What was done to clients, tokens, credentials, workflows and runs; written in the same
        commit as the deed. What was removed of Users and Items stands with the{' '}
        <Link to="/users">Users &amp; Items</Link>.
      </p>
      <div className="row">
        <select
          className="field"
          style={{ width: 180 }}
          aria-label="Kind"
          value={kind}
          onChange={(event) => setKind(event.target.value)}
        >
          <option value="">Everything</option>
          {kinds.map(({ of, label }) => (
            <option key={of} value={of}>
              {label}
            </option>
          ))}
        </select>
        <input
          ref={find}
          type="search"
          className="field"
          style={{ maxWidth: 320 }}
          aria-label="Find in the log"
          placeholder="Name, id or deed"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      <Failure error={log.error ?? error} />
      {log.isSuccess && shown.length === 0 && !log.hasNextPage ? (
        <Empty>
          <div>{entries.length === 0 ? 'Nothing was done yet.' : 'Nothing fits this filter.'}</div>
          {entries.length > 0 ? (
            <button
              type="button"
              className="button"
              onClick={() => {
                setKind('');
                setText('');
              }}
            >
              Show everything
            </button>
          ) : null}
        </Empty>
      ) : (
        <VirtualTable
          label="Audit log"
          columns={columns}
          rows={shown}
          rowKey={(one) => `${one.at} ${one.action} ${one.subject}`}
          hasMore={log.hasNextPage && !log.isError}
          isReading={log.isFetchingNextPage || log.isPending}
          readMore={() => void log.fetchNextPage()}
          place={`${kind} ${wanted}`}
          minWidth={820}
          brief={(one) => (
            <TwoLines
              above={[<Did key="did" {...one} />, <Subject key="to" entry={one} names={names} />]}
              below={[
                <Who key="who" entry={one} names={names} />,
                <Time key="when" at={one.at} as="short" />,
              ]}
            />
          )}
        />
      )}
    </>
  );
}
