// A field for a part of a document: what is wrong with that part marks it and stands below it.
import { createContext, useContext, useEffect, useId, useRef, type ReactNode } from 'react';

export interface Found {
  // A JSON pointer into the document that the form shows.
  pointer: string;
  message: string;
  hint?: string | undefined;
}

// What is wrong with the document of the forms inside.
export const Problems = createContext<Found[]>([]);

const isWithin = (pointer: string, at: string) => pointer === at || pointer.startsWith(`${at}/`);

// For what shows several parts under one heading, such as a tab.
export const isMarked = (found: Found[], parts: string[]) =>
  found.some(({ pointer }) => parts.some((at) => isWithin(pointer, at)));

interface MarkedProps {
  at: string;
  // Only that part itself: fields of their own show what is inside of it.
  isExact?: boolean;
  children: ReactNode;
}

export function Marked({ at, isExact = false, children }: MarkedProps) {
  const found = useContext(Problems).filter(({ pointer }) =>
    isExact ? pointer === at : isWithin(pointer, at),
  );
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  const isWrong = found.length > 0;
  useEffect(() => {
    const field = box.current?.querySelector('.cm-content, input, select, textarea');
    if (isWrong && field) {
      field.setAttribute('aria-invalid', 'true');
      field.setAttribute('aria-describedby', id);
      return () => {
        field.removeAttribute('aria-invalid');
        field.removeAttribute('aria-describedby');
      };
    }
    return undefined;
  }, [isWrong, id]);
  return (
    <div ref={box} className={isWrong ? 'marked wrong' : 'marked'}>
      {children}
      {isWrong ? (
        <div id={id} className="bad-text">
          {found.map(({ pointer, message, hint }) => (
            <div key={`${pointer} ${message}`}>{[message, hint].filter(Boolean).join('; ')}</div>
          ))}
        </div>
      ) : null}
    </div>
  );
}
