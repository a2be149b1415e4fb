// What an operator looks after, one place for each.
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useEffect, useRef, type ComponentType } from 'react';
import { sessionQuery } from '../../api/session';
import { useTrail } from '../../frame/page';
import { Empty } from '../../parts/Parts';
import { About } from './About';
import { Audit } from './Audit';
import { Backup } from './Backup';
import { Clients } from './Clients';
import { Credentials } from './Credentials';
import { Egress } from './Egress';
import { Tokens } from './Tokens';
import '../../parts/parts.css';
import './settings.css';

interface Section {
  id: string;
  label: string;
  Part: ComponentType;
  isForAdmins?: true;
}

const sections: Section[] = [
  { id: 'clients', label: 'Clients', Part: Clients, isForAdmins: true },
  { id: 'credentials', label: 'Credentials', Part: Credentials },
  { id: 'tokens', label: 'Access tokens', Part: Tokens, isForAdmins: true },
  { id: 'egress', label: 'Egress policy', Part: Egress },
  { id: 'audit', label: 'Audit log', Part: Audit, isForAdmins: true },
  { id: 'backup', label: 'Backup', Part: Backup },
  { id: 'about', label: 'About', Part: About },
];

export function SettingsPage() {
  const { section } = useParams({ from: '/inside/settings/$section' });
  const session = useQuery(sessionQuery);
  const chosen = sections.find(({ id }) => id === section);
  useTrail([{ text: chosen?.label ?? 'Nothing is here' }]);
  // On a phone the places are a strip that is wider than the window.
  const places = useRef<HTMLElement>(null);
  useEffect(() => {
    places.current
      ?.querySelector('.active')
      ?.scrollIntoView({ inline: 'center', block: 'nearest' });
  }, [section]);
  const isRefused = chosen?.isForAdmins && session.data && session.data.scope !== 'admin';
  return (
    <div className="settings">
      <nav aria-label="Settings" ref={places}>
        {sections.map(({ id, label }) => (
          <Link
            key={id}
            to="/settings/$section"
            params={{ section: id }}
            activeProps={{ className: 'active' }}
          >
            {label}
          </Link>
        ))}
      </nav>
      <div className="page">
        <h1>{chosen?.label ?? 'Nothing is here'}</h1>
        {isRefused ? (
          <Empty>
            <div>
              You are signed in with a token of the scope <code>{session.data?.scope}</code>. This
              place takes one of the scope <code>admin</code>: sign out, run{' '}
              <code>tartan sign-in</code> where Tartan runs, and open the link it prints.
            </div>
          </Empty>
        ) : chosen ? (
          <chosen.Part />
        ) : (
          <Empty>Choose a place on the left.</Empty>
        )}
      </div>
    </div>
  );
}
