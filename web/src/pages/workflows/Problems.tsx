// What the server has against the definition: how much of it stands in the toolbar, a press lists
// it, and another one leads to the field.
import { Popover } from 'radix-ui';
import { useRef, useState } from 'react';
import type { Schemas } from '../../api/client';
import { unescapeStep } from '../../parts/json';

interface ProblemsProps {
  problems: Schemas['Problem'][];
  // Why there is nothing to say about the definition: its text can't be read.
  unread: string | undefined;
  // The server has answered for the definition, or one shortly before.
  isKnown: boolean;
  onOpen: (pointer: string) => void;
}

// Where it is, as a person calls it: "Credit check › httpRequest › url".
function placeText(pointer: string) {
  const steps = pointer.split('/').slice(1).map(unescapeStep);
  return steps.filter((step, index) => index % 4 !== 0 || step !== 'tasks').join(' › ');
}

export function Problems({ problems, unread, isKnown, onOpen }: ProblemsProps) {
  const isChosen = useRef(false);
  const [isOpen, setOpen] = useState(false);
  if (unread !== undefined || !isKnown || problems.length === 0) {
    const isValid = unread === undefined && isKnown;
    return (
      <span className={`status ${isValid ? 'good' : 'warn'}`} aria-live="polite">
        <span title={unread}>
          {isValid ? 'valid' : unread === undefined ? 'not checked' : 'can’t be read yet'}
        </span>
      </span>
    );
  }
  return (
    <Popover.Root
      open={isOpen}
      onOpenChange={(next) => {
        isChosen.current = false;
        setOpen(next);
      }}
    >
      <Popover.Trigger className="button plain status bad" aria-live="polite">
        <span>{problems.length === 1 ? '1 problem' : `${problems.length} problems`}</span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className="popover"
          align="end"
          sideOffset={6}
          aria-label="Problems"
          // The field that a problem leads to keeps the focus.
          onCloseAutoFocus={(event) => isChosen.current && event.preventDefault()}
        >
          {problems.map((one) => (
            <button
              key={`${one.pointer} ${one.message}`}
              type="button"
              className="problem"
              onClick={() => {
                isChosen.current = true;
                setOpen(false);
                onOpen(one.pointer);
              }}
            >
              <strong>{placeText(one.pointer) || 'The workflow'}</strong>
              <span className="bad-text">{one.message}</span>
              {one.hint ? <span className="soft">{one.hint}</span> : null}
            </button>
          ))}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
