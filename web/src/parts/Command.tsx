// A command of the shell, to copy.
import { CopyButton } from './Parts';
import './parts.css';

// As a shell reads it as one word.
export const quoted = (text: string) =>
  /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

export function Command({ text }: { text: string }) {
  return (
    <div className="command">
      <pre>{text}</pre>
      <CopyButton text={text} />
    </div>
  );
}
