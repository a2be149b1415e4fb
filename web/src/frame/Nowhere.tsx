import { Link, useRouterState } from '@tanstack/react-router';
import { Empty } from '../parts/Parts';
import { useTrail } from './page';

export function Nowhere() {
  const path = useRouterState({ select: (state) => state.location.pathname });
  useTrail([{ text: 'Nothing is here' }]);
  return (
    <div className="page">
      <h1>Nothing is here</h1>
      <Empty>
        <div>
          No page has the address <code>{path}</code>. It may be mistyped, or of another version.
        </div>
        <Link to="/" className="button">
          Go to Start
        </Link>
      </Empty>
    </div>
  );
}
