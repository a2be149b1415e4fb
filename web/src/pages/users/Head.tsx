// The head of the pages of Users & Items: which environment, which list.
import { Link, useMatchRoute } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { environments, type Environment } from './items';
import '../../parts/parts.css';
import './users.css';

const lists = [
  { to: '/users/$environment', label: 'Users' },
  { to: '/users/$environment/removals', label: 'What was removed' },
  { to: '/users/$environment/journal', label: 'Requests' },
] as const;

// The environment of the address, or nothing when it is none.
export const environmentOf = (text: string) => environments.find((one) => one === text);

export function Head({
  environment,
  children,
}: {
  environment: Environment;
  children?: ReactNode;
}) {
  const match = useMatchRoute();
  const current = lists.find(({ to }) => match({ to })) ?? lists[0];
  return (
    <header className="users-head">
      <h1>Users &amp; Items</h1>
      <nav className="switch" aria-label="Environment">
        {environments.map((one) => (
          <Link
            key={one}
            to={current.to}
            params={{ environment: one }}
            className={one === environment ? 'active' : ''}
            aria-current={one === environment ? 'true' : undefined}
          >
            {one}
          </Link>
        ))}
      </nav>
      <nav className="lists" aria-label="Lists">
        {lists.map(({ to, label }) => (
          <Link
            key={to}
            to={to}
            params={{ environment }}
            activeOptions={{ exact: true, includeSearch: false }}
            activeProps={{ className: 'active' }}
          >
            {label}
          </Link>
        ))}
      </nav>
      <div className="row">{children}</div>
    </header>
  );
}

export function NoEnvironment() {
  return (
    <div className="page">
      <h1>Nothing is here</h1>
      <p>
        There are two environments: <a href="/users/sandbox">sandbox</a> and{' '}
        <a href="/users/production">production</a>.
      </p>
    </div>
  );
}
