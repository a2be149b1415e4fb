// The line above the page: where one is, each step a link; the document's title says the same.
import { Link, useRouterState, type LinkProps } from '@tanstack/react-router';
import { Search } from 'lucide-react';
import { useEffect } from 'react';
import { useToldTrail, type Crumb } from './page';
import { useOpened } from './useOpened';

interface TrailProps {
  places: readonly { to: NonNullable<LinkProps['to']>; label: string }[];
  onSearch: () => void;
  onKeys: () => void;
}

export function Trail({ places, onSearch, onKeys }: TrailProps) {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const place = places.find(({ to }) => to === `/${path.split('/')[1]}`);
  const told = useToldTrail();
  const opened = useOpened();
  const crumbs: Crumb[] = [
    ...(place ? [{ text: place.label, link: { to: place.to } }] : []),
    ...(told.length > 0 ? told : opened),
  ];
  const title = [...crumbs.map(({ text }) => text).reverse(), 'Tartan'].join(' · ');
  useEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => () => void (document.title = 'Tartan'), []);

  return (
    <header className="trail">
      <nav aria-label="Breadcrumb">
        <ol>
          {crumbs.map(({ text, link }, index) => (
            <li key={index}>
              {index === crumbs.length - 1 || !link ? (
                <span aria-current={index === crumbs.length - 1 ? 'page' : undefined} title={text}>
                  {text}
                </span>
              ) : (
                <Link {...link} activeOptions={{ exact: true }}>
                  {text}
                </Link>
              )}
            </li>
          ))}
        </ol>
      </nav>
      <button type="button" className="button plain" onClick={onSearch} aria-keyshortcuts="/">
        <Search size={14} aria-hidden />
        <span className="visually-hidden">Search the catalogue</span>
        <kbd aria-hidden>/</kbd>
      </button>
      <button type="button" className="button plain" onClick={onKeys} aria-keyshortcuts="?">
        <span className="visually-hidden">Keys of this page</span>
        <kbd aria-hidden>?</kbd>
      </button>
    </header>
  );
}
