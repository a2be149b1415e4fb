// Parameters, headers and the members of a body as one table. What recurs stays closed until asked.
import { useQuery } from '@tanstack/react-query';
import { useState, type CSSProperties } from 'react';
import { api, data, type Schemas } from '../../api/client';
import { Failure } from '../../parts/Parts';
import { Markdown } from './Reference';

type Field = Schemas['CatalogField'] & { in?: string; default?: unknown; enum?: unknown[] };

function textOf(value: unknown) {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

// A field of a field is set in; where a row is a block of its own, all of it.
const indented = (depth: number) => ({ '--depth': depth }) as CSSProperties;

interface RowsProps {
  operationId: string;
  fields: Field[];
  depth: number;
  hasPlace: boolean;
}

function Closed({
  operationId,
  pointer,
  depth,
}: {
  operationId: string;
  pointer: string;
  depth: number;
}) {
  const [isOpen, setOpen] = useState(false);
  const opened = useQuery({
    queryKey: ['catalog', 'schema', operationId, pointer],
    queryFn: () =>
      data(
        api.GET('/api/catalog/operations/{operationId}/schema', {
          params: { path: { operationId }, query: { pointer } },
        }),
      ),
    enabled: isOpen,
  });
  return (
    <>
      <tr style={indented(depth)}>
        <td colSpan={6}>
          <button
            type="button"
            className="button plain"
            aria-expanded={isOpen}
            onClick={() => setOpen(!isOpen)}
          >
            {isOpen ? 'Close its fields' : 'Show its fields'}
          </button>
          <Failure error={opened.error} />
        </td>
      </tr>
      {isOpen && opened.data ? (
        <Rows
          operationId={operationId}
          fields={opened.data.fields ?? opened.data.alternatives ?? [opened.data]}
          depth={depth}
          hasPlace={false}
        />
      ) : null}
    </>
  );
}

function Rows({ operationId, fields, depth, hasPlace }: RowsProps) {
  return fields.map((field, index) => (
    <FieldRow
      key={`${index} ${field.name ?? ''}`}
      operationId={operationId}
      field={field}
      depth={depth}
      hasPlace={hasPlace}
    />
  ));
}

function FieldRow({
  operationId,
  field,
  depth,
  hasPlace,
}: Omit<RowsProps, 'fields'> & { field: Field }) {
  const type = [field.type, field.items ? `of ${field.items}` : '', field.format ?? '']
    .filter(Boolean)
    .join(' ');
  return (
    <>
      <tr style={indented(depth)}>
        <td>{field.name ?? (depth > 0 ? '—' : '(body)')}</td>
        {hasPlace ? <td data-label="in">{field.in}</td> : null}
        <td data-label="type">{type}</td>
        <td data-label="required">{field.required ? 'yes' : <span className="soft">no</span>}</td>
        <td data-label="default" className="mono">
          {field.default !== undefined ? textOf(field.default) : ''}
        </td>
        <td className="what">
          <Markdown text={field.description} />
          {field.enum ? (
            <div className="soft">
              one of <code>{field.enum.map(textOf).join(', ')}</code>
            </div>
          ) : null}
          {field.constraints ? <div className="soft">{field.constraints}</div> : null}
        </td>
      </tr>
      {field.fields ? (
        <Rows operationId={operationId} fields={field.fields} depth={depth + 1} hasPlace={false} />
      ) : null}
      {field.alternatives ? (
        <Rows
          operationId={operationId}
          fields={field.alternatives.map((one, at) => ({
            ...one,
            name: one.name ?? `alternative ${at + 1}`,
          }))}
          depth={depth + 1}
          hasPlace={false}
        />
      ) : null}
      {field.more ? (
        <Closed operationId={operationId} pointer={field.more} depth={depth + 1} />
      ) : null}
    </>
  );
}

interface FieldsProps {
  operationId: string;
  fields: Field[];
  hasPlace?: boolean;
  // A body's own schema: its members are the rows.
  isRoot?: boolean;
}

export function Fields({ operationId, fields, hasPlace = false, isRoot = false }: FieldsProps) {
  const root = isRoot ? fields[0] : undefined;
  const rows = root?.fields && root.type === 'object' ? root.fields : fields;
  return (
    <>
      <Markdown text={rows === fields ? undefined : root?.description} />
      <div className="fields-frame">
        <table className="fields">
          <thead>
            <tr>
              <th>Name</th>
              {hasPlace ? <th>In</th> : null}
              <th>Type</th>
              <th>Required</th>
              <th>Default</th>
              <th>What</th>
            </tr>
          </thead>
          <tbody>
            <Rows operationId={operationId} fields={rows} depth={0} hasPlace={hasPlace} />
          </tbody>
        </table>
      </div>
    </>
  );
}
