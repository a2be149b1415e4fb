// The rows of a search: method in its colour, path with the match marked, API at the right.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import { api, data, type Schemas } from '../../api/client';
import { Empty, Highlighted, Method } from '../../parts/Parts';
import { useEnd } from './useEnd';
import { versionText } from './versionText';

export interface Filters {
  q: string;
  method?: string | undefined;
  api?: string | undefined;
}

async function readHits({ q, method, api: only }: Filters, next: string, signal: AbortSignal) {
  const asked = performance.now();
  const page = await data(
    api.GET('/api/catalog/search', {
      params: {
        query: {
          ...(q ? { q } : {}),
          ...(method ? { method } : {}),
          ...(only ? { api: only } : {}),
          ...(next ? { next } : {}),
          size: 20,
        },
      },
      signal,
    }),
  );
  return { ...page, tookMs: performance.now() - asked };
}

export function searchQuery(filters: Filters) {
  return queryOptions({
    queryKey: ['catalog', 'search', filters.q, filters.method, filters.api],
    queryFn: ({ signal }) => readHits(filters, '', signal),
  });
}

export function searchPagesQuery(filters: Filters) {
  return infiniteQueryOptions({
    queryKey: ['catalog', 'search pages', filters.q, filters.method, filters.api],
    queryFn: ({ pageParam, signal }) => readHits(filters, pageParam, signal),
    initialPageParam: '',
    getNextPageParam: (page: Schemas['CatalogSearchPage']) => page.next,
  });
}

interface HitProps {
  hit: Schemas['CatalogHit'];
  index: number;
  isSelected: boolean;
  onSelect: (index: number) => void;
}

// Drawn again only when its own answer changes: every letter typed comes by here.
const Hit = memo(function Hit({ hit, index, isSelected, onSelect }: HitProps) {
  return (
    <li
      id={`hit-${hit.id}`}
      role="option"
      aria-selected={isSelected}
      className="hit"
      onClick={() => onSelect(index)}
    >
      <Method name={hit.method} />
      <span className="path">
        <Highlighted text={hit.path} ranges={hit.highlights.path} />
      </span>
      <span className="api" title={`${hit.apiTitle} ${versionText(hit.version)}`}>
        {hit.api}
      </span>
      <span className="summary">
        <Highlighted text={hit.summary} ranges={hit.highlights.summary} />
      </span>
    </li>
  );
});

interface HitsProps {
  hits: Schemas['CatalogHit'][];
  selected: string | undefined;
  onSelect: (index: number) => void;
  typed: string;
  isReady: boolean;
  // These rows still answer what was typed before.
  isBehind?: boolean;
  // Asked for when the end of the rows comes into view.
  readMore?: (() => void) | undefined;
}

export function Hits(props: HitsProps) {
  const { hits, selected, onSelect, typed, isReady, isBehind = false, readMore } = props;
  const end = useEnd(readMore);
  if (hits.length === 0 && isReady) {
    return (
      <div style={{ padding: '0 12px' }}>
        <Empty>
          <div>
            Nothing in the catalogue answers “{typed}”. Try fewer words or filters, or{' '}
            <Link to="/">import the API</Link> on the Start page.
          </div>
        </Empty>
      </div>
    );
  }
  return (
    <ul
      className="hits"
      id="hits"
      role="listbox"
      aria-label="Operations"
      aria-busy={isBehind || !isReady}
    >
      {hits.map((hit, index) => (
        <Hit
          key={hit.id}
          hit={hit}
          index={index}
          isSelected={hit.id === selected}
          onSelect={onSelect}
        />
      ))}
      {readMore ? <li ref={end} role="presentation" className="hits-end" /> : null}
    </ul>
  );
}
