// What is wider than a small window scrolls in its own frame, by keyboard too.
import type { ReactNode } from 'react';
import './parts.css';

export function Wide({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="wide" role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}
