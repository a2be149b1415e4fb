// A command of the shell, to copy.
import { CopyButton } from './Parts';
import './parts.css';

export function Command({ text }: { text: string }) {
  return (
    <div className="command">
      <pre>{text}</pre>
      <CopyButton text={text} />
    </div>
  );
}
