// Search as you type; arrow keys move and the reference follows, Enter uses it.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { Failure } from '../../parts/Parts';
import { Hits, searchQuery } from './Hits';
import { Reference } from './Reference';
import './catalogue.css';

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

export function CataloguePage() {
  const address = useSearch({ from: '/inside/catalogue' });
  const navigate = useNavigate();
  const [text, setText] = useState(address.q ?? '');
  const [chosen, setChosen] = useState(0);
  const field = useRef<HTMLInputElement>(null);

  useEffect(() => field.current?.focus(), []);

  const filters = { q: text, method: address.method, api: address.api };
  const found = useQuery({ ...searchQuery(filters), placeholderData: keepPreviousData });
  const hits = found.data?.content ?? [];
  const selected = address.operation ?? hits[Math.min(chosen, hits.length - 1)]?.id;

  // The address follows what is typed, without a step of Back for every letter.
  const type = (q: string) => {
    setText(q);
    setChosen(0);
    const { operation: _, ...rest } = address;
    void navigate({ to: '/catalogue', search: { ...rest, q }, replace: true });
  };
  const select = (index: number) => {
    const hit = hits[index];
    if (hit) {
      setChosen(index);
      const search = { ...address, q: text, operation: hit.id };
      void navigate({ to: '/catalogue', search, replace: true });
      document.getElementById(`hit-${hit.id}`)?.scrollIntoView({ block: 'nearest' });
    }
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const at = Math.max(
        0,
        hits.findIndex((one) => one.id === selected),
      );
      select(Math.max(0, Math.min(hits.length - 1, at + (event.key === 'ArrowDown' ? 1 : -1))));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      document.getElementById('use-in-workflow')?.focus();
    } else if (event.key === 'Escape') {
      type('');
    }
  };

  return (
    <div className="catalogue">
      <section className="found" aria-label="Search">
        <div className="bar">
          <input
            id="catalogue-search"
            ref={field}
            type="search"
            className="field"
            placeholder="Search 125,000 operations: stripe refund, POST /user/items/remove …"
            aria-label="Search the catalogue"
            role="combobox"
            aria-expanded={hits.length > 0}
            aria-controls="hits"
            aria-activedescendant={selected ? `hit-${selected}` : undefined}
            autoComplete="off"
            value={text}
            onChange={(event) => type(event.target.value)}
            onKeyDown={onKey}
          />
          <div className="row">
            <select
              className="field"
              style={{ width: 120 }}
              aria-label="Method"
              value={address.method ?? ''}
              onChange={(event) => {
                const { method: _, operation: __, ...rest } = address;
                const method = event.target.value;
                const search = { ...rest, q: text, ...(method ? { method } : {}) };
                void navigate({ to: '/catalogue', search, replace: true });
              }}
            >
              <option value="">All methods</option>
              {methods.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
            {address.api ? (
              <button
                type="button"
                className="button"
                onClick={() => {
                  const { api: _, operation: __, ...rest } = address;
                  void navigate({ to: '/catalogue', search: { ...rest, q: text } });
                }}
              >
                only {address.api} ✕
              </button>
            ) : null}
          </div>
        </div>
        <Failure error={found.error} />
        <Hits
          hits={hits}
          selected={selected}
          onSelect={(index) => select(index)}
          typed={text}
          isReady={!found.isPending}
          isBehind={found.isPlaceholderData}
        />
        <div className="foot" aria-live="polite">
          {found.data
            ? `${found.data.partial ? 'No operation has every word; closest: ' : ''}${hits.length} of ${found.data.total.toLocaleString()}`
            : ' '}
        </div>
      </section>
      {selected ? (
        <Reference key={selected} operationId={selected} />
      ) : (
        <div className="reference soft">Choose an operation to read its reference.</div>
      )}
    </div>
  );
}
