// Search as you type; arrow keys move and the reference follows, Enter uses it.
import { keepPreviousData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { useKeys } from '../../frame/page';
import { Failure } from '../../parts/Parts';
import { useSettled } from '../../parts/useSettled';
import { ApiFilter } from './ApiFilter';
import { Hits, searchPagesQuery } from './Hits';
import { Providers } from './Providers';
import { Reference } from './Reference';
import './catalogue.css';

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

interface FoundProps {
  pages: { partial: boolean; total: number; tookMs: number }[];
  shown: number;
}

function Found({ pages: [first], shown }: FoundProps) {
  return (
    <div className="foot spread">
      <span aria-live="polite">
        {first
          ? `${first.partial ? 'No operation has every word; closest: ' : ''}${shown.toLocaleString()} of ${first.total.toLocaleString()}`
          : ' '}
      </span>
      {first ? (
        <span className="number" title="From the question to the answer">
          {Math.max(1, Math.round(first.tookMs))} ms
        </span>
      ) : null}
    </div>
  );
}

export function CataloguePage() {
  const address = useSearch({ from: '/inside/catalogue' });
  const navigate = useNavigate();
  const [text, setText] = useState(address.q ?? '');
  const [chosen, setChosen] = useState(0);
  const field = useRef<HTMLInputElement>(null);

  useEffect(() => field.current?.focus(), []);
  // The first search finds the index not read yet, and the code that asks not run: it is this one,
  // before the first letter.
  const queries = useQueryClient();
  useEffect(() => void queries.prefetchInfiniteQuery(searchPagesQuery({ q: 'a' })), [queries]);

  // What costs more than the rows waits for a pause: the address, and the reference of the best
  // answer. The address follows what is typed, without a step of Back for every letter; and what is
  // typed follows an address that changed for another reason.
  const written = useRef(text);
  useEffect(() => {
    const q = address.q ?? '';
    if (q !== written.current) {
      written.current = q;
      setText(q);
    }
  }, [address.q]);
  const filters = { q: text, method: address.method, api: address.api };
  const isBrowsing = text.trim() === '' && !address.method && !address.api;
  const found = useInfiniteQuery({
    ...searchPagesQuery(filters),
    enabled: !isBrowsing,
    placeholderData: keepPreviousData,
  });
  const pages = isBrowsing ? [] : (found.data?.pages ?? []);
  const hits = pages.flatMap((page) => page.content);
  // An operation in the address is of what was typed when it was opened.
  const opened = text === written.current ? address.operation : undefined;
  const selected = opened ?? hits[Math.min(chosen, hits.length - 1)]?.id;
  // A letter that leaves the best answer as it was is one more reason to wait.
  const [settledText, settled] = JSON.parse(useSettled(JSON.stringify([text, selected]))) as [
    string,
    string | null,
  ];
  const shown = opened ?? settled ?? undefined;
  useEffect(() => {
    if (settledText === text && text !== written.current) {
      written.current = text;
      const { operation: _, ...rest } = address;
      void navigate({ to: '/catalogue', search: { ...rest, q: text }, replace: true });
    }
  });

  const type = (q: string) => {
    setText(q);
    setChosen(0);
  };
  const select = (index: number) => {
    const hit = hits[index];
    if (hit) {
      setChosen(index);
      written.current = text;
      const search = { ...address, q: text, operation: hit.id };
      // Back leads from the first reference to the results, not through every one looked at.
      const replace = address.operation !== undefined;
      void navigate({ to: '/catalogue', search, replace });
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
      // Who types fast is ahead of the rows, or of the reference: never use what stands there still.
      if (found.isPlaceholderData) {
        return;
      }
      if (shown === selected) {
        document.getElementById('use-in-workflow')?.focus();
      } else {
        select(Math.min(chosen, hits.length - 1));
      }
    } else if (event.key === 'Escape') {
      type('');
    }
  };

  const filter = (name: 'api' | 'method', value: string) => {
    const { [name]: _, operation: __, ...rest } = address;
    const search = { ...rest, q: text, ...(value ? { [name]: value } : {}) };
    setChosen(0);
    written.current = text;
    void navigate({ to: '/catalogue', search });
  };

  const latest = useRef(select);
  useEffect(() => {
    latest.current = select;
  });
  const onSelect = useCallback((index: number) => latest.current(index), []);

  const { operation: _, ...results } = address;
  useKeys([
    { key: '↓ ↑', does: 'In the search: the next result, the one before' },
    { key: 'Enter', does: 'In the search: go to “Use in a workflow”' },
    { key: 'Escape', does: 'In the search: clear it' },
  ]);

  return (
    <div className={`catalogue ${address.operation === undefined ? '' : 'with-operation'}`}>
      <section className="found" aria-label="Search">
        <div className="bar">
          <h1 className="visually-hidden">Catalogue</h1>
          <input
            id="catalogue-search"
            ref={field}
            type="search"
            className="field"
            placeholder="stripe refund, POST /user/items/remove …"
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
              onChange={(event) => filter('method', event.target.value)}
            >
              <option value="">All methods</option>
              {methods.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
            <ApiFilter
              value={address.api ?? ''}
              seen={hits.map((one) => one.api)}
              onChange={(api) => filter('api', api)}
            />
          </div>
          <Failure error={found.error} />
        </div>
        {isBrowsing ? (
          <Providers onChoose={(provider) => filter('api', provider)} />
        ) : (
          <>
            <Hits
              hits={hits}
              selected={selected}
              onSelect={onSelect}
              typed={text}
              isReady={!found.isPending}
              isBehind={found.isPlaceholderData}
              readMore={
                found.hasNextPage && !found.isFetchingNextPage
                  ? () => void found.fetchNextPage()
                  : undefined
              }
            />
            <Found pages={pages} shown={hits.length} />
          </>
        )}
      </section>
      {shown && selected ? (
        <div className="shown">
          <Link to="/catalogue" search={results} className="button plain back">
            ‹ Results
          </Link>
          <Reference key={shown} operationId={shown} />
        </div>
      ) : (
        <div className="shown">
          <div className="reference soft">
            {isBrowsing
              ? 'Type what you look for, or choose a provider.'
              : 'Choose an operation to read its reference.'}
          </div>
        </div>
      )}
    </div>
  );
}
