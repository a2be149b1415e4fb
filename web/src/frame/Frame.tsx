// A narrow rail, the page, one status line. `/` searches the catalogue from anywhere.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useNavigate } from '@tanstack/react-router';
import { Home, Inbox, LogOut, Play, Search, Workflow } from 'lucide-react';
import { useEffect } from 'react';
import { api } from '../api/client';
import { aboutQuery, importsQuery } from '../api/session';

const places = [
  { to: '/', label: 'Start', icon: Home },
  { to: '/catalogue', label: 'Catalogue', icon: Search },
  { to: '/workflows', label: 'Workflows', icon: Workflow },
  { to: '/runs', label: 'Runs', icon: Play },
  { to: '/tasks', label: 'Tasks', icon: Inbox },
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
  const running = imports.data?.content.find((one) => one.state === 'running');

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === '/' && !isTyping(event.target)) {
        event.preventDefault();
        void navigate({ to: '/catalogue' }).then(() =>
          document.getElementById('catalogue-search')?.focus(),
        );
      }
    };
    const onSignedOut = () => {
      queries.clear();
      void navigate({ to: '/sign-in', search: { then: window.location.pathname } });
    };
    window.addEventListener('keydown', onKey);
    window.addEventListener('tartan-signed-out', onSignedOut);
    return () => {
      window.removeEventListener('keydown', onKey);
      window.removeEventListener('tartan-signed-out', onSignedOut);
    };
  }, [navigate, queries]);

  const signOut = async () => {
    await api.DELETE('/api/session');
    queries.clear();
    await navigate({ to: '/sign-in' });
  };

  return (
    <div className="frame">
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
            <span className="visually-hidden">{label}</span>
          </Link>
        ))}
        <button type="button" className="last" onClick={() => void signOut()} title="Sign out">
          <LogOut size={16} aria-hidden /> <span className="label">Sign out</span>
        </button>
      </nav>
      <main className="place">
        <Outlet />
      </main>
      <footer className="statusline">
        {about.data?.environments.map((one) => (
          <span key={one.name} className="status good">
            <span>
              {one.name} {new URL(one.url).port}
            </span>
          </span>
        ))}
        {running ? (
          <span className="row">
            import
            <progress
              value={running.progress.bytesDone}
              max={Math.max(running.progress.bytes, 1)}
              aria-label="Import"
            />
            {running.progress.documentsDone} of {running.progress.documents} documents
          </span>
        ) : null}
      </footer>
    </div>
  );
}
