// A narrow rail, one line that says where one is, the page, one status line. `/` searches the
// catalogue from anywhere, `?` shows the keys of the page.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useNavigate } from '@tanstack/react-router';
import { Home, Inbox, LogOut, Play, Search, Settings, Users, Workflow } from 'lucide-react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { api } from '../api/client';
import { aboutQuery, importsQuery } from '../api/session';
import { healthQuery } from './health';
import { leftOf, percentOf, useFreshCatalogue } from './importing';
import { Keys } from './Keys';
import { NoAnswer } from './NoAnswer';
import { pageKey } from './page';
import { Trail } from './Trail';
import { useHeadingFocus } from './useHeadingFocus';

const places = [
  { to: '/', label: 'Start', icon: Home },
  { to: '/catalogue', label: 'Catalogue', icon: Search },
  { to: '/workflows', label: 'Workflows', icon: Workflow },
  { to: '/runs', label: 'Runs', icon: Play },
  { to: '/tasks', label: 'Tasks', icon: Inbox },
  { to: '/users', label: 'Users & Items', icon: Users },
  { to: '/settings', label: 'Settings', icon: Settings },
] as const;

export function isTyping(target: EventTarget | null) {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

export function Frame() {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const about = useQuery(aboutQuery);
  const imports = useQuery(importsQuery);
  const { isError: isUnanswered } = useQuery(healthQuery);
  const running = imports.data?.content.find((one) => one.state === 'running');
  const main = useRef<HTMLElement>(null);
  const [showsKeys, setShowsKeys] = useState(false);
  useHeadingFocus(main);

  useFreshCatalogue(imports.data);

  const search = useCallback(
    () =>
      void navigate({ to: '/catalogue' }).then(() =>
        document.getElementById('catalogue-search')?.focus(),
      ),
    [navigate],
  );

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isBox =
        event.target instanceof HTMLInputElement && /^(checkbox|radio)$/.test(event.target.type);
      const isBusy = isTyping(event.target) && !isBox;
      const isAsked = document.querySelector('[role="dialog"]') !== null;
      if (
        isBusy ||
        isAsked ||
        event.defaultPrevented ||
        event.ctrlKey ||
        event.metaKey ||
        event.altKey
      ) {
        return;
      }
      const act =
        event.key === '/'
          ? search
          : event.key === '?'
            ? () => setShowsKeys(true)
            : pageKey(event.key)?.act;
      if (act) {
        event.preventDefault();
        act();
      }
    };
    const onSignedOut = () => {
      const { pathname, search, hash } = window.location;
      queries.clear();
      // Several requests may be refused, the later ones when one is there already.
      if (pathname !== '/sign-in') {
        void navigate({
          to: '/sign-in',
          search: { then: pathname + search + hash },
          ignoreBlocker: true,
        });
      }
    };
    window.addEventListener('keydown', onKey);
    window.addEventListener('tartan-signed-out', onSignedOut);
    return () => {
      window.removeEventListener('keydown', onKey);
      window.removeEventListener('tartan-signed-out', onSignedOut);
    };
  }, [navigate, queries, search]);

  const signOut = async () => {
    await api.DELETE('/api/session');
    queries.clear();
    await navigate({ to: '/sign-in' });
  };

  return (
    <div className="frame">
      <a
        className="skip"
        href="#content"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to content
      </a>
      <nav className="rail" aria-label="Places">
        <Link to="/" className="mark">
          <img src="/mark.svg" alt="" width={20} height={20} /> Tartan
        </Link>
        {places.map(({ to, label, icon: Icon }) => (
          <Link
            key={to}
            to={to}
            activeOptions={{ exact: to === '/' }}
            activeProps={{ className: 'active' }}
            title={label}
          >
            <Icon size={16} aria-hidden /> <span className="label">{label}</span>
          </Link>
        ))}
        <button type="button" className="last" onClick={() => void signOut()} title="Sign out">
          <LogOut size={16} aria-hidden /> <span className="label">Sign out</span>
        </button>
      </nav>
      <Trail places={places} onSearch={search} onKeys={() => setShowsKeys(true)} />
      <NoAnswer />
      <main className="place" id="content" ref={main} tabIndex={-1}>
        <Outlet />
      </main>
      <footer className="statusline" aria-label="Status">
        {about.data?.environments.map((one) => (
          <span key={one.name} className={`status ${isUnanswered ? 'bad' : 'good'}`}>
            <span>
              {one.name} {new URL(one.url).port}
              {isUnanswered ? ', no answer' : ''}
            </span>
          </span>
        ))}
        {running && !isUnanswered ? (
          <Link to="/" className="row" title={running.source}>
            import
            <progress
              value={running.progress.bytesDone}
              max={Math.max(running.progress.bytes, 1)}
              aria-label="Import"
            />
            <span className="number">{percentOf(running.progress)} %</span>
            <span className="number">{leftOf(running.progress)}</span>
          </Link>
        ) : null}
      </footer>
      {showsKeys ? <Keys onClose={() => setShowsKeys(false)} /> : null}
    </div>
  );
}
