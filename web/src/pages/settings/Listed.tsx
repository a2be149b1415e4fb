// What a page of settings lists: what these things are, a button that makes one, and a row for each.
import type { ReactNode } from 'react';
import { useKeys } from '../../frame/page';
import { Empty, Failure } from '../../parts/Parts';
import { Wide } from '../../parts/Wide';

interface ListedProps<T> {
  label: string;
  what: ReactNode;
  // The button's words, for example "New client".
  make: string;
  onMake: () => void;
  // Undefined until it has been read.
  list: T[] | undefined;
  error: Error | null;
  empty: ReactNode;
  columns: string[];
  // The cells of one: first its name, last what can be done with it. On a phone they share two lines,
  // each with its `data-label` in front.
  row: (one: T) => ReactNode;
  keyOf: (one: T) => string;
}

export function Listed<T>(props: ListedProps<T>) {
  const { label, what, make, onMake, list, error, empty, columns, row, keyOf } = props;
  useKeys([{ key: 'n', does: make, act: onMake }]);
  return (
    <>
      <div className="head">
        <p className="soft">{what}</p>
        <button type="button" className="button primary" onClick={onMake}>
          {make}
        </button>
      </div>
      <Failure error={error} />
      {list?.length === 0 ? <Empty>{empty}</Empty> : null}
      {list !== undefined && list.length > 0 ? (
        <Wide label={label}>
          <table className="listed">
            <thead>
              <tr>
                {columns.map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
                <th scope="col">
                  <span className="visually-hidden">What can be done</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {list.map((one) => (
                <tr key={keyOf(one)}>{row(one)}</tr>
              ))}
            </tbody>
          </table>
        </Wide>
      ) : null}
    </>
  );
}
