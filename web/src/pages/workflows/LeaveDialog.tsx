// Asks what is to become of changes that are not saved.
import { Dialog } from 'radix-ui';
import { Failure } from '../../parts/Parts';
import '../../parts/parts.css';

interface LeaveDialogProps {
  name: string;
  cannotSave: string | undefined;
  // This browser holds what was changed.
  isKept: boolean;
  isSaving: boolean;
  error: unknown;
  onSave: () => void;
  onLeave: () => void;
  // Leaves, with the changes kept in this browser.
  onKeep: () => void;
  onStay: () => void;
}

export function LeaveDialog(props: LeaveDialogProps) {
  const { name, cannotSave, isKept, isSaving, error, onSave, onLeave, onKeep, onStay } = props;
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onStay()}>
      <Dialog.Portal>
        <Dialog.Overlay className="dialog-back" />
        <Dialog.Content className="dialog narrow stack">
          <Dialog.Title asChild>
            <h2>
              <bdi>{name}</bdi> is not saved
            </h2>
          </Dialog.Title>
          <Dialog.Description>
            {cannotSave === undefined
              ? 'Save what you changed, or leave without it.'
              : `${cannotSave}.`}
          </Dialog.Description>
          <Failure error={error} />
          <div className="row" style={{ justifyContent: 'end', flexWrap: 'wrap' }}>
            <button type="button" className="button" onClick={onStay}>
              Stay
            </button>
            <button type="button" className="button danger" onClick={onLeave}>
              Leave without saving
            </button>
            {isKept ? (
              <button
                type="button"
                className={`button ${cannotSave === undefined ? '' : 'primary'}`}
                onClick={onKeep}
              >
                Leave and keep it here
              </button>
            ) : null}
            {cannotSave === undefined ? (
              <button type="button" className="button primary" disabled={isSaving} onClick={onSave}>
                Save and leave
              </button>
            ) : null}
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
