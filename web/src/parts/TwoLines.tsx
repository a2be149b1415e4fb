// A row of a long list on two lines: what it is and one thing more above, what else is known below.
import type { ReactNode } from 'react';

interface TwoLinesProps {
  above: [ReactNode, ReactNode?];
  below: [ReactNode, ReactNode?];
}

export function TwoLines({ above, below }: TwoLinesProps) {
  return (
    <div className="two-lines">
      <div>
        <span>{above[0]}</span>
        <span>{above[1]}</span>
      </div>
      <div className="soft">
        <span>{below[0]}</span>
        <span>{below[1]}</span>
      </div>
    </div>
  );
}
