// Why a task or a run ended otherwise than well. Red is for what failed; what was cancelled or
// terminated was meant so.
import type { Refusal } from './answered';
import { cut } from './RunJson';

const tones: Record<string, string> = { Failed: 'bad', TimedOut: 'bad', Terminated: 'warn' };

interface ReasonProps {
  status: string;
  text: string;
  cause?: string | null | undefined;
  refusal?: Refusal | undefined;
}

export function Reason({ status, text, cause, refusal }: ReasonProps) {
  const isBad = tones[status] === 'bad';
  return (
    <div className={`note ${tones[status] ?? ''}`} {...(isBad ? { role: 'alert' } : {})}>
      <div className="run-reason">
        {cut(text).text} {cause && !refusal ? <code>{cause}</code> : null}
      </div>
      {refusal ? (
        <div className="run-refusal">
          {refusal.code ? <code>{refusal.code}</code> : null}
          {refusal.code ? ' ' : null}
          {refusal.message ? <span className="run-reason">{refusal.message}</span> : null}
        </div>
      ) : null}
    </div>
  );
}
