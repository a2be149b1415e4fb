// Secrets that Tartan shows in one reply and never again. They live as long as this dialog.
import { Dialog } from 'radix-ui';
import { CopyButton } from './Parts';
import './parts.css';

interface ShownOnceProps {
  title: string;
  what: string;
  values: { name: string; value: string }[];
  onClose: () => void;
}

export function ShownOnce({ title, what, values, onClose }: ShownOnceProps) {
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="dialog-back" />
        <Dialog.Content
          className="dialog"
          // A click beside it, or a key, would lose what is shown once.
          onEscapeKeyDown={(event) => event.preventDefault()}
          onInteractOutside={(event) => event.preventDefault()}
        >
          <Dialog.Title asChild>
            <h2>{title}</h2>
          </Dialog.Title>
          <Dialog.Description className="note warn">{what}</Dialog.Description>
          {values.map(({ name, value }) => (
            <div key={name} className="stack" style={{ gap: 4 }}>
              <div className="soft">{name}</div>
              <div className="command">
                <pre data-testid={name}>{value}</pre>
                <CopyButton text={value} label={`Copy ${name}`} />
              </div>
            </div>
          ))}
          <div className="row" style={{ justifyContent: 'end' }}>
            <button type="button" className="button primary" onClick={onClose}>
              I have kept it
            </button>
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
