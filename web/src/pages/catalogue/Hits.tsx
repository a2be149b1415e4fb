// The rows of a search: method in its colour, path with the match marked, API at the right.
import { queryOptions } from '@tanstack/react-query';
import { api, data, type Schemas } from '../../api/client';
import { Empty, Highlighted, Method } from '../../parts/Parts';

export interface Filters {
  q: string;
  method?: string | undefined;
  api?: string | undefined;
}

export function searchQuery({ q, method, api: only }: Filters) {
  return queryOptions({
    queryKey: ['catalog', 'search', q, method, only],
    queryFn: ({ signal }) =>
      data(
        api.GET('/api/catalog/search', {
          params: {
            query: {
              ...(q ? { q } : {}),
              ...(method ? { method } : {}),
              ...(only ? { api: only } : {}),
              size: 50,
            },
          },
          signal,
        }),
      ),
  });
}

interface HitsProps {
  hits: Schemas['CatalogHit'][];
  selected: string | undefined;
  onSelect: (index: number) => void;
  typed: string;
  isReady: boolean;
  // These rows still answer what was typed before.
  isBehind?: boolean;
}

export function Hits({ hits, selected, onSelect, typed, isReady, isBehind = false }: HitsProps) {
  if (hits.length === 0 && isReady) {
    return (
      <div style={{ padding: '0 12px' }}>
        <Empty>
          <div>
            Nothing in the catalogue answers “{typed}”. Try fewer words, or import the API on the
            Start page.
          </div>
        </Empty>
      </div>
    );
  }
  return (
    <ul className="hits" id="hits" role="listbox" aria-label="Operations" aria-busy={isBehind}>
      {hits.map((hit, index) => (
        <li
          key={hit.id}
          id={`hit-${hit.id}`}
          role="option"
          aria-selected={hit.id === selected}
          className="hit"
          onClick={() => onSelect(index)}
        >
          <Method name={hit.method} />
          <span className="path">
            <Highlighted text={hit.path} ranges={hit.highlights.path} />
          </span>
          <span className="api" title={`${hit.apiTitle} ${hit.version}`}>
            {hit.api}
          </span>
          <span className="summary">
            <Highlighted text={hit.summary} ranges={hit.highlights.summary} />
          </span>
        </li>
      ))}
    </ul>
  );
}
