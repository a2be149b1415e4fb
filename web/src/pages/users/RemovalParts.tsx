// What the dialogs that remove for good have in common.
import type { Schemas } from '../../api/client';
import { Command } from '../../parts/Command';

export function SameCall({ call }: { call: Schemas['ItemsRemovalPreview']['call'] }) {
  return (
    <details open>
      <summary>
        The same by the API: {call.method} <code>{new URL(call.url).pathname}</code>
      </summary>
      <Command text={call.curl} />
    </details>
  );
}

export function TakesAdmin({ scope }: { scope: string | undefined }) {
  return (
    <div className="note warn">
      Removing takes a token of the scope <code>admin</code>; you are signed in with{' '}
      <code>{scope}</code>.
    </div>
  );
}
