// CodeMirror as a field of JSON, text or an expression. Loaded with the page that uses it.
import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  type CompletionSource,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import {
  bracketMatching,
  foldGutter,
  HighlightStyle,
  syntaxHighlighting,
} from '@codemirror/language';
import { lintGutter, setDiagnostics, type Diagnostic } from '@codemirror/lint';
import { search, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension } from '@codemirror/state';
import {
  Decoration,
  EditorView,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  MatchDecorator,
  placeholder as shownWhenEmpty,
  tooltips,
  ViewPlugin,
  type DecorationSet,
  type ViewUpdate,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useRef } from 'react';
import { styleNonce } from '../style/nonce';

const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--get)' },
  { tag: tags.string, color: 'var(--post)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--put)' },
]);

const look = EditorView.theme({
  '&': { fontSize: '12px', backgroundColor: 'var(--page)', color: 'var(--ink)' },
  '.cm-content': { fontFamily: 'var(--mono)', caretColor: 'var(--ink)' },
  '.cm-gutters': {
    backgroundColor: 'var(--page)',
    color: 'var(--soft)',
    borderRight: '1px solid var(--line)',
  },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--accent-soft) !important',
  },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-placeholder': { color: 'var(--soft)' },
  '.cm-tooltip': { backgroundColor: 'var(--raised)', border: '1px solid var(--line)' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    backgroundColor: 'var(--accent-soft)',
    color: 'var(--ink)',
  },
  '.cm-completionDetail': { color: 'var(--soft)', fontStyle: 'normal' },
  '.cm-expression': { color: 'var(--patch)', backgroundColor: 'var(--hover)', borderRadius: '2px' },
});

const expressions = new MatchDecorator({
  regexp: /(?<!\$)\$\{(?:[^{}"]|\{[^{}]*\})*\}/g,
  decoration: Decoration.mark({ class: 'cm-expression' }),
});
const marksExpressions = ViewPlugin.fromClass(
  class {
    marks: DecorationSet;
    constructor(view: EditorView) {
      this.marks = expressions.createDeco(view);
    }
    update(update: ViewUpdate) {
      this.marks = expressions.updateDeco(update, this.marks);
    }
  },
  { decorations: (plugin) => plugin.marks },
);

const oneLine: Extension = [
  EditorView.clipboardInputFilter.of((text) => text.replace(/\s*[\r\n]\s*/g, '')),
  EditorState.transactionFilter.of((change) => (change.newDoc.lines > 1 ? [] : change)),
];

// What a read-only comparison of two texts looks like, too.
export const jsonLook: Extension = [
  EditorView.cspNonce.of(styleNonce),
  json(),
  syntaxHighlighting(colours),
  look,
];

export interface CodeEditorProps {
  value: string;
  label: string;
  onChange?: (text: string) => void;
  problems?: Diagnostic[];
  complete?: CompletionSource;
  readOnly?: boolean;
  language?: 'json' | 'template' | 'text';
  // As high as its text, without line numbers.
  isField?: boolean;
  // A field of one line: pasted line ends go, and Enter is for whoever is around the field.
  isLine?: boolean;
  placeholder?: string;
  // A place in the text that is to be in view.
  reveal?: number | undefined;
}

export function CodeEditor(props: CodeEditorProps) {
  const {
    value,
    label,
    problems,
    readOnly,
    language = 'json',
    isLine = false,
    placeholder,
  } = props;
  const isField = props.isField === true || isLine;
  const parent = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef(props);
  latest.current = props;
  // What was typed and has not come back as `value` yet.
  const told = useRef<string[]>([]);

  useEffect(() => {
    const editor = new EditorView({
      parent: parent.current!,
      state: EditorState.create({
        doc: value,
        extensions: [
          EditorView.cspNonce.of(styleNonce),
          EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
          isField
            ? []
            : [lineNumbers(), foldGutter(), lintGutter(), search(), keymap.of(searchKeymap)],
          placeholder ? shownWhenEmpty(placeholder) : [],
          // Lists that open in a small field must not be cut off by it.
          tooltips({ parent: document.body }),
          history(),
          bracketMatching(),
          // Letters that are not seen or turn the text around them.
          highlightSpecialChars(),
          closeBrackets(),
          autocompletion({
            override: [async (context) => latest.current.complete?.(context) ?? null],
            activateOnTypingDelay: 50,
            icons: false,
          }),
          language === 'json' ? json() : [],
          language === 'text' ? [] : marksExpressions,
          syntaxHighlighting(colours),
          look,
          EditorState.readOnly.of(readOnly === true),
          EditorView.lineWrapping,
          isLine ? oneLine : [],
          // Tab goes on to the next field unless it takes what is offered.
          keymap.of([
            { key: 'Tab', run: acceptCompletion },
            ...completionKeymap,
            ...closeBracketsKeymap,
          ]),
          keymap.of([...defaultKeymap, ...historyKeymap]),
          EditorView.updateListener.of((update) => {
            if (
              update.docChanged &&
              !update.transactions.some((one) => one.isUserEvent('outside'))
            ) {
              const text = update.state.doc.toString();
              told.current.push(text);
              latest.current.onChange?.(text);
            }
          }),
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
    // The editor lives as long as its field; what changes comes in below.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [label, readOnly, language, isField, isLine, placeholder]);

  useEffect(() => {
    const editor = view.current;
    // Who types fast is ahead of what comes back: that is no change from outside.
    const own = told.current.indexOf(value);
    told.current = own < 0 ? [] : told.current.slice(own + 1);
    if (own < 0 && editor && editor.state.doc.toString() !== value) {
      editor.dispatch({
        changes: { from: 0, to: editor.state.doc.length, insert: value },
        userEvent: 'outside',
      });
    }
  }, [value]);

  useEffect(() => {
    const editor = view.current;
    if (editor && !isField) {
      const length = editor.state.doc.length;
      const fitting = (problems ?? []).map((one) => ({
        ...one,
        from: Math.min(one.from, length),
        to: Math.min(one.to, length),
      }));
      editor.dispatch(setDiagnostics(editor.state, fitting));
    }
  }, [problems, value, isField]);

  const { reveal } = props;
  useEffect(() => {
    const editor = view.current;
    if (editor && reveal !== undefined && reveal <= editor.state.doc.length) {
      editor.dispatch({ effects: EditorView.scrollIntoView(reveal, { y: 'start', yMargin: 24 }) });
    }
  }, [reveal]);

  const kind = `${isField ? ' code-field' : ''}${isLine ? ' code-line' : ''}`;
  return <div ref={parent} className={`code-editor${kind}`} />;
}
