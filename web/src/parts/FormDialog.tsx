// A dialog that asks for a few things and does one: Enter does it, Escape leaves.
import { Dialog } from 'radix-ui';
import type { ReactNode } from 'react';
import { Failure } from './Parts';
import { useOnce } from './useOnce';
import './parts.css';

interface FormDialogProps {
  title: string;
  // What will happen, in a sentence or two.
  what?: ReactNode;
  // What the button does, for example "Remove 2 Items".
  verb: string;
  isReady?: boolean;
  isBusy: boolean;
  error: unknown;
  isWide?: boolean;
  // What it does can't be taken back.
  isDanger?: boolean;
  onSubmit: () => void;
  onClose: () => void;
  children?: ReactNode;
}

export function FormDialog(props: FormDialogProps) {
  const { title, what, verb, isReady = true, isBusy, error, isWide, onSubmit, onClose } = props;
  const submit = useOnce(isBusy, onSubmit);
  const kind = props.isDanger ? 'danger' : 'primary';
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="dialog-back" />
        <Dialog.Content
          className={isWide ? 'dialog' : 'dialog narrow'}
          {...(what ? {} : { 'aria-describedby': undefined })}
        >
          <form
            className="stack"
            onSubmit={(event) => {
              event.preventDefault();
              if (isReady) {
                submit();
              }
            }}
          >
            <Dialog.Title asChild>
              <h2>{title}</h2>
            </Dialog.Title>
            {what ? (
              <Dialog.Description asChild>
                <div>{what}</div>
              </Dialog.Description>
            ) : null}
            {props.children}
            <Failure error={error} />
            <div className="row" style={{ justifyContent: 'end' }}>
              <button type="button" className="button" onClick={onClose}>
                Cancel
              </button>
              <button type="submit" className={`button ${kind}`} disabled={!isReady || isBusy}>
                {verb}
              </button>
            </div>
          </form>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
