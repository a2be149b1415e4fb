// What was changed on an earlier visit and not saved.
interface DraftNoteProps {
  text: string;
  onBring?: () => void;
  onDrop: () => void;
}

export function DraftNote({ text, onBring, onDrop }: DraftNoteProps) {
  return (
    <div className="note spread" role="status">
      <span>{text}</span>
      <span className="row">
        {onBring ? (
          <button type="button" className="button" onClick={onBring}>
            Bring it back
          </button>
        ) : null}
        <button type="button" className="button" onClick={onDrop}>
          Drop it
        </button>
      </span>
    </div>
  );
}
