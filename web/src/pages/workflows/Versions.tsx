// The versions of a definition: what each changed, and an old one as a new edit.
import { useQuery } from '@tanstack/react-query';
import { Dialog } from 'radix-ui';
import { useState } from 'react';
import { api, data } from '../../api/client';
import { parseJson, printJson } from '../../parts/json';
import { Failure, Time } from '../../parts/Parts';
import { asWritten, type Definition } from './definition';

// Asked for like data: where it can't be loaded, that is told in its place, and the editor stays.
const diffQuery = {
  queryKey: ['parts', 'diff'],
  queryFn: () => import('./Diff'),
  staleTime: Infinity,
};

// A definition as it is saved, with the header that names its version.
export async function load(definitionId: string, version?: number) {
  const { data: text, response } = await api.GET('/api/workflow-definitions/{definitionId}', {
    params: { path: { definitionId }, query: version === undefined ? {} : { version } },
    parseAs: 'text',
  });
  const definition = asWritten(parseJson(text as unknown as string) as Definition);
  return { definition, etag: response.headers.get('etag') ?? '' };
}

interface VersionsProps {
  definitionId: string;
  // What is being edited.
  now: string;
  etag: string;
  onRestore: (definition: Definition) => void;
}

export function Versions({ definitionId, now, etag, onRestore }: VersionsProps) {
  const [compared, setCompared] = useState<number>();
  const versions = useQuery({
    queryKey: ['versions', definitionId, etag],
    queryFn: () =>
      data(
        api.GET('/api/workflow-definitions/{definitionId}/versions', {
          params: { path: { definitionId } },
        }),
      ),
    placeholderData: (last) => last,
  });
  const rows = [...(versions.data ?? [])].sort((a, b) => b.version - a.version);
  return (
    <div className="stack">
      <Failure error={versions.error} />
      <table>
        <thead>
          <tr>
            <th className="number">Version</th>
            <th>Saved</th>
            <th>By</th>
            <th>
              <span className="visually-hidden">Compare</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((one) => (
            <tr key={one.version}>
              <td className="number">{one.version}</td>
              <td>
                <Time at={one.createdOn} />
              </td>
              <td>{one.createdBy}</td>
              <td>
                <button type="button" className="button" onClick={() => setCompared(one.version)}>
                  Compare <span className="visually-hidden">version {one.version}</span>
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {compared !== undefined ? (
        <Comparison
          definitionId={definitionId}
          version={compared}
          versions={rows.map((one) => one.version)}
          now={now}
          onClose={() => setCompared(undefined)}
          onRestore={(definition) => {
            setCompared(undefined);
            onRestore(definition);
          }}
        />
      ) : null}
    </div>
  );
}

export function Comparison({
  definitionId,
  version,
  versions,
  beside = 0,
  now,
  onClose,
  onRestore,
}: {
  definitionId: string;
  version: number;
  versions: number[];
  // Opened beside this one; zero stands for what is in the editor.
  beside?: number;
  now: string;
  onClose: () => void;
  onRestore: (definition: Definition) => void;
}) {
  const [withVersion, setWithVersion] = useState(beside);
  const one = (wanted: number) => ({
    queryKey: ['definition of version', definitionId, wanted],
    queryFn: async () => (await load(definitionId, wanted)).definition,
    staleTime: Infinity,
    structuralSharing: false,
  });
  const diff = useQuery(diffQuery);
  const left = useQuery(one(version));
  const right = useQuery({ ...one(withVersion), enabled: withVersion !== 0 });
  const after = withVersion === 0 ? now : right.data && printJson(right.data);
  const before = left.data && printJson(left.data);
  const afterLabel = withVersion === 0 ? 'What is in the editor' : `Version ${withVersion}`;
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="dialog-back" />
        <Dialog.Content className="dialog wide" aria-describedby={undefined}>
          <div className="spread">
            <Dialog.Title asChild>
              <h2>Version {version} beside</h2>
            </Dialog.Title>
            <select
              className="field"
              aria-label="Compare with"
              style={{ width: 200 }}
              value={withVersion}
              onChange={(event) => setWithVersion(Number(event.target.value))}
            >
              <option value={0}>what is in the editor</option>
              {versions
                .filter((other) => other !== version)
                .map((other) => (
                  <option key={other} value={other}>
                    version {other}
                  </option>
                ))}
            </select>
            <span style={{ flex: 1 }} />
            <button
              type="button"
              className="button"
              disabled={!left.data || before === now}
              title="As an edit that can be undone; it becomes a version when you save"
              onClick={() => left.data && onRestore(left.data)}
            >
              Bring back version {version}
            </button>
            <button type="button" className="button" onClick={onClose}>
              Close
            </button>
          </div>
          <Failure error={left.error ?? right.error ?? diff.error} />
          {before === undefined || after === undefined || !diff.data ? (
            <div role="status">Reading…</div>
          ) : before === after ? (
            <div className="note">Both are the same.</div>
          ) : (
            <diff.data.default
              before={before}
              after={after}
              beforeLabel={`Version ${version}`}
              afterLabel={afterLabel}
            />
          )}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
