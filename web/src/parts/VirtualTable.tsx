// A long list as a table: only the rows in view are there; nearing the end reads more.
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, type ReactNode, type RefObject } from 'react';
import { useKeys } from '../frame/page';
import { useListKeys } from './listKeys';
import { useNarrow } from './useNarrow';
import './virtual-table.css';

const rowHeight = 32;
const briefHeight = 52;

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
  // The row on two lines, for a window as narrow as a phone.
  brief?: (row: Row) => ReactNode;
  // What Enter does in a row, for example "Open the run"; the arrow keys then go from row to row.
  opens?: string;
}

export function VirtualTable<Row>(props: VirtualTableProps<Row>) {
  const { label, rows, rowKey, hasMore = false, isReading = false, readMore } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const isNarrow = useNarrow();
  const brief = isNarrow ? props.brief : undefined;
  const columns: Column<Row>[] = brief ? [{ head: '', cell: brief }] : props.columns;
  const height = brief ? briefHeight : rowHeight;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 6,
    // The head stands over the first row in view, and so moves all of them down.
    scrollPaddingEnd: brief ? 0 : rowHeight,
  });
  useEffect(() => virtual.measure(), [virtual, height]);
  useRowKeys(scroller, (index) => virtual.scrollToIndex(index), props.opens);
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
        className={brief ? 'virtual-table brief' : 'virtual-table'}
        style={{ minWidth: brief ? 0 : props.minWidth }}
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

// The arrow keys move the focus along what opens the rows, from the row that has it or the first in
// view.
function useRowKeys(
  scroller: RefObject<HTMLDivElement | null>,
  scrollTo: (index: number) => void,
  opens: string | undefined,
) {
  const step = (by: number) => {
    const all = [...(scroller.current?.querySelectorAll<HTMLElement>('.opens') ?? [])];
    const top = scroller.current?.getBoundingClientRect().top ?? 0;
    const at = all.findIndex((one) => one.closest('tr')?.contains(document.activeElement));
    const first = all.findIndex((one) => one.getBoundingClientRect().top > top + rowHeight);
    const next = all[at < 0 ? first : at + by];
    if (next) {
      scrollTo(Number(next.closest('tr')?.ariaRowIndex) - 2);
      next.focus({ preventScroll: true });
    }
  };
  useListKeys(scroller, opens === undefined ? undefined : step);
  useKeys(
    opens === undefined
      ? []
      : [
          { key: '↓ ↑', does: 'Along the rows' },
          { key: 'Enter', does: opens },
        ],
  );
}

function Gap({ columns, height }: { columns: number; height: number }) {
  return (
    <tr aria-hidden className="gap">
      <td colSpan={columns} style={{ height }} />
    </tr>
  );
}
