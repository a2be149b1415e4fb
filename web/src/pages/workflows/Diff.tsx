// Two texts of JSON side by side with what differs. Loaded when a comparison is opened.
import { MergeView } from '@codemirror/merge';
import { EditorState } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { jsonLook } from '../../parts/CodeEditor';

interface DiffProps {
  before: string;
  after: string;
  beforeLabel: string;
  afterLabel: string;
}

export default function Diff({ before, after, beforeLabel, afterLabel }: DiffProps) {
  const parent = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const side = (doc: string, label: string) => ({
      doc,
      extensions: [
        jsonLook,
        lineNumbers(),
        EditorView.lineWrapping,
        EditorState.readOnly.of(true),
        EditorView.contentAttributes.of({ 'aria-label': label }),
      ],
    });
    const view = new MergeView({
      parent: parent.current!,
      a: side(before, beforeLabel),
      b: side(after, afterLabel),
      collapseUnchanged: { margin: 3, minSize: 6 },
      gutter: true,
    });
    return () => view.destroy();
  }, [before, after, beforeLabel, afterLabel]);
  return <div ref={parent} className="diff" />;
}
