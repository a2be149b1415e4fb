// What every page is made of.
import { useState, type ReactNode } from 'react';
import { Problem } from '../api/client';
import { copy } from './copy';
import { shownText } from './json';

export function Method({ name }: { name: string }) {
  return <span className={`method ${name.toLowerCase()}`}>{name}</span>;
}

export function CopyButton({ text, label = 'Copy' }: { text: string; label?: string }) {
  const [said, setSaid] = useState<string>();
  return (
    <button
      type="button"
      className="button"
      onClick={async () => {
        setSaid((await copy(text)) ? 'Copied' : 'Not allowed');
        setTimeout(() => setSaid(undefined), 1500);
      }}
    >
      {said ?? label}
    </button>
  );
}

export function Failure({ error }: { error: unknown }) {
  if (!error) {
    return null;
  }
  const problem = error instanceof Problem ? error : undefined;
  return (
    <div className="note bad" role="alert">
      <div>{error instanceof Error ? error.message : shownText(error)}</div>
      {problem?.problems.map((one, index) => (
        <div key={index}>
          <code>{one.pointer}</code> {one.message}
        </div>
      ))}
      {problem?.requestId ? <div className="soft">Request {problem.requestId}</div> : null}
    </div>
  );
}

export function Empty({ children }: { children: ReactNode }) {
  return <div className="empty">{children}</div>;
}

const tones: Record<string, string> = {
  Completed: 'good',
  Running: 'busy',
  InProgress: 'busy',
  Failed: 'bad',
  TimedOut: 'bad',
  Terminated: 'warn',
  Paused: 'warn',
};
const statusWords: Record<string, string> = { InProgress: 'In progress', TimedOut: 'Timed out' };
export const statusWord = (name: string) => statusWords[name] ?? name;

export function Status({ name }: { name: string }) {
  return (
    <span className={`status ${tones[name] ?? 'idle'}`}>
      <span>{statusWord(name)}</span>
    </span>
  );
}

const whole = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const withoutYear = new Intl.DateTimeFormat(undefined, {
  ...{ month: 'short', day: 'numeric' },
  ...{ hour: 'numeric', minute: '2-digit', second: '2-digit' },
});
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

function told(at: Date, as: 'whole' | 'short' | 'clock') {
  if (as === 'clock') {
    return clock.format(at);
  }
  const isThisYear = at.getFullYear() === new Date().getFullYear();
  return (as === 'short' && isThisYear ? withoutYear : whole).format(at);
}

interface TimeProps {
  at?: string | null;
  // Short is without the year while it is this one; a clock tells the time of day alone.
  as?: 'whole' | 'short' | 'clock';
}

export function Time({ at, as = 'whole' }: TimeProps) {
  return at ? (
    <time dateTime={at} title={at}>
      {told(new Date(at), as)}
    </time>
  ) : (
    <span className="soft">—</span>
  );
}

// A text with its matches marked. The server counts in bytes of UTF-8.
export function Highlighted({ text, ranges }: { text: string; ranges?: number[][] }) {
  if (!ranges || ranges.length === 0) {
    return <>{text}</>;
  }
  const bytes = new TextEncoder().encode(text);
  const decoder = new TextDecoder();
  const pieces: ReactNode[] = [];
  let at = 0;
  for (const [from = 0, to = 0] of ranges) {
    pieces.push(decoder.decode(bytes.slice(at, from)));
    pieces.push(<mark key={from}>{decoder.decode(bytes.slice(from, to))}</mark>);
    at = to;
  }
  pieces.push(decoder.decode(bytes.slice(at)));
  return <>{pieces}</>;
}
