// A long list as a table: only the rows in view are there; nearing the end reads more.
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, type ReactNode } from 'react';
import './virtual-table.css';

const rowHeight = 32;

export interface Column<Row> {
  head: ReactNode;
  width?: number | string;
  isNumber?: boolean;
  cell: (row: Row) => ReactNode;
}

interface VirtualTableProps<Row> {
  label: string;
  columns: Column<Row>[];
  rows: Row[];
  rowKey: (row: Row) => string;
  isCurrent?: (row: Row) => boolean;
  hasMore?: boolean;
  isReading?: boolean;
  readMore?: () => void;
  // Another list begins at its top.
  place?: string;
  minWidth?: number;
}

export function VirtualTable<Row>(props: VirtualTableProps<Row>) {
  const { label, columns, rows, rowKey, hasMore = false, isReading = false, readMore } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const top = items[0]?.start ?? 0;
  const bottom = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  const isNearEnd = (items.at(-1)?.index ?? -1) >= rows.length - 100;

  useEffect(() => {
    scroller.current?.scrollTo({ top: 0 });
  }, [props.place]);
  useEffect(() => {
    if (isNearEnd && hasMore && !isReading) {
      readMore?.();
    }
  });

  return (
    <div className="virtual-scroller" ref={scroller} tabIndex={0} role="region" aria-label={label}>
      <table
        className="virtual-table"
        style={{ minWidth: props.minWidth }}
        aria-rowcount={hasMore ? -1 : rows.length + 1}
      >
        <thead>
          <tr aria-rowindex={1}>
            {columns.map(({ head, width, isNumber }, index) => (
              <th key={index} scope="col" style={{ width }} className={isNumber ? 'number' : ''}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {top > 0 ? <Gap columns={columns.length} height={top} /> : null}
          {items.map(({ index }) => {
            const row = rows[index];
            return row === undefined ? null : (
              <tr
                key={rowKey(row)}
                aria-rowindex={index + 2}
                aria-current={props.isCurrent?.(row) || undefined}
              >
                {columns.map(({ cell, isNumber }, at) => (
                  <td key={at} className={isNumber ? 'number' : ''}>
                    {cell(row)}
                  </td>
                ))}
              </tr>
            );
          })}
          {bottom > 0 ? <Gap columns={columns.length} height={bottom} /> : null}
        </tbody>
      </table>
      {isReading ? (
        <div className="soft virtual-reading" role="status">
          Reading…
        </div>
      ) : null}
    </div>
  );
}

function Gap({ columns, height }: { columns: number; height: number }) {
  return (
    <tr aria-hidden className="gap">
      <td colSpan={columns} style={{ height }} />
    </tr>
  );
}
