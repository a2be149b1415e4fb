// The Items of a User: rows that can be selected, and opened for accounts, tokens and the webhook.
import { Fragment, useState } from 'react';
import { Id } from '../../parts/Id';
import { CopyButton, Time } from '../../parts/Parts';
import { Wide } from '../../parts/Wide';
import type { Item } from './items';

const tones: Record<Item['status'], string> = { healthy: 'good', error: 'bad', terminated: 'idle' };

interface ItemsTableProps {
  items: Item[];
  selected: ReadonlySet<string>;
  onSelect: (selected: ReadonlySet<string>) => void;
}

export function ItemsTable({ items, selected, onSelect }: ItemsTableProps) {
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const count = items.filter((one) => selected.has(one.itemId)).length;
  const toggled = (set: ReadonlySet<string>, id: string) => {
    const next = new Set(set);
    if (!next.delete(id)) {
      next.add(id);
    }
    return next;
  };
  return (
    <Wide label="Items">
      <table className="items-table folds">
        <thead>
          <tr>
            <th className="box">
              <input
                type="checkbox"
                aria-label="Select every Item"
                checked={count === items.length}
                ref={(box) => {
                  if (box) {
                    box.indeterminate = count > 0 && count < items.length;
                  }
                }}
                onChange={() =>
                  onSelect(
                    count === items.length ? new Set() : new Set(items.map((one) => one.itemId)),
                  )
                }
              />
            </th>
            <th scope="col">Institution</th>
            <th scope="col">item_id</th>
            <th scope="col">State</th>
            <th scope="col">Products</th>
            <th scope="col" className="number">
              Accounts
            </th>
            <th scope="col" className="number">
              Tokens
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map((one) => {
            const isOpen = opened.has(one.itemId);
            return (
              <Fragment key={one.itemId}>
                <tr>
                  <td>
                    <input
                      type="checkbox"
                      aria-label={`Select ${one.institutionName} ${one.itemId}`}
                      checked={selected.has(one.itemId)}
                      onChange={() => onSelect(toggled(selected, one.itemId))}
                    />
                  </td>
                  <td>
                    <button
                      type="button"
                      className="opens"
                      aria-expanded={isOpen}
                      onClick={() => setOpened(toggled(opened, one.itemId))}
                    >
                      {one.institutionName}
                    </button>
                  </td>
                  <td>
                    <Id text={one.itemId} />
                  </td>
                  <td>
                    <span className={`status ${tones[one.status]}`} title={one.error?.message}>
                      <span>{one.error?.code ?? one.status}</span>
                    </span>
                  </td>
                  <td>{one.products.join(', ')}</td>
                  <td className="number" data-label="Accounts">
                    {one.accounts.length}
                  </td>
                  <td className="number" data-label="Tokens">
                    {one.accessTokens.length}
                  </td>
                </tr>
                {isOpen ? (
                  <tr className="inside">
                    <td colSpan={7}>
                      <Inside item={one} />
                    </td>
                  </tr>
                ) : null}
              </Fragment>
            );
          })}
        </tbody>
      </table>
    </Wide>
  );
}

function money(value: number | null, currency: string) {
  return value === null
    ? '—'
    : new Intl.NumberFormat(undefined, { style: 'currency', currency }).format(value);
}

function Inside({ item }: { item: Item }) {
  return (
    <div className="stack">
      {item.error ? (
        <div className="note bad">
          <strong>{item.error.code}</strong>: {item.error.message}
        </div>
      ) : null}
      <dl className="facts">
        <dt>item_id</dt>
        <dd className="row" style={{ flexWrap: 'wrap' }}>
          <code>{item.itemId}</code>
          <CopyButton text={item.itemId} />
        </dd>
        <dt>Made</dt>
        <dd>
          <Time at={item.createdAt} />, owner last logged in <Time at={item.loginAt} />
        </dd>
        <dt>Billed products</dt>
        <dd>{item.billedProducts.join(', ') || 'none'}</dd>
        <dt>Webhook</dt>
        <dd>{item.webhook ? <code>{item.webhook}</code> : 'none'}</dd>
        <dt>Access tokens</dt>
        <dd>
          {item.accessTokens.length === 0
            ? 'none: no public token of it was exchanged'
            : item.accessTokens.map((one, index) => (
                <div key={index}>
                  <code>{one.masked}</code>
                  {one.createdAt ? (
                    <span className="soft">
                      {' '}
                      made <Time at={one.createdAt} />
                    </span>
                  ) : null}
                </div>
              ))}
        </dd>
      </dl>
      {item.accountsProblem ? (
        <div className="note warn">The accounts can’t be read: {item.accountsProblem}</div>
      ) : (
        <table className="folds">
          <thead>
            <tr>
              <th scope="col">Account</th>
              <th scope="col">Kind</th>
              <th scope="col" className="number">
                Available
              </th>
              <th scope="col" className="number">
                Balance
              </th>
              <th scope="col" className="number">
                Limit
              </th>
            </tr>
          </thead>
          <tbody>
            {item.accounts.map((one) => (
              <tr key={one.accountId} title={one.accountId}>
                <td>
                  {one.name} <span className="soft">•• {one.mask}</span>
                </td>
                <td>
                  {one.type}, {one.subtype}
                </td>
                <td className="number" data-label="Available">
                  {money(one.available, one.currency)}
                </td>
                <td className="number" data-label="Balance">
                  {money(one.current, one.currency)}
                </td>
                <td className="number" data-label="Limit">
                  {money(one.limit, one.currency)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
