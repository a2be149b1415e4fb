// A JSON value as a tree that opens step by step. Every value's path can be copied.
import { useState } from 'react';
import { inBrackets, isPlainName } from './expressions';
import { copy } from './copy';
import { isObject, type Json } from './json';

const childrenStep = 100;
const textMax = 500;
const openDepth = 2;

function stepTo(path: string, name: string | number) {
  if (typeof name === 'number') {
    return `${path}[${name}]`;
  }
  return isPlainName(name)
    ? path === ''
      ? name
      : `${path}.${name}`
    : `${path}${inBrackets(name)}`;
}

function Leaf({ value }: { value: Json }) {
  const kind = value === null ? 'null' : typeof value === 'object' ? 'number' : typeof value;
  const text = JSON.stringify(value);
  return (
    <span className={`json-${kind}`}>
      {text.length > textMax
        ? `${text.slice(0, textMax)}… (${text.length.toLocaleString()} characters)`
        : text}
    </span>
  );
}

interface NodeProps {
  name?: string | number;
  value: Json;
  path: string;
  depth: number;
  onCopy: (path: string) => void;
  copied: string | undefined;
}

function Node(props: NodeProps) {
  const { name, value, path, depth, onCopy, copied } = props;
  const children: [string | number, Json][] | undefined = Array.isArray(value)
    ? value.map((one, index) => [index, one])
    : isObject(value)
      ? Object.entries(value)
      : undefined;
  const [isOpen, setOpen] = useState(
    depth < openDepth || (depth < 4 && (children?.length ?? 0) < 12),
  );
  const [shown, setShown] = useState(childrenStep);
  const isEmpty = children !== undefined && children.length === 0;
  const signs = Array.isArray(value) ? '[]' : '{}';
  return (
    <li>
      <div className="json-line">
        {children && !isEmpty ? (
          <button
            type="button"
            className="json-toggle"
            aria-expanded={isOpen}
            aria-label={`${isOpen ? 'Close' : 'Open'} ${name ?? 'the whole'}`}
            onClick={() => setOpen(!isOpen)}
          >
            {isOpen ? '▾' : '▸'}
          </button>
        ) : (
          <span className="json-toggle" aria-hidden />
        )}
        {name !== undefined ? <span className="json-name">{name}: </span> : null}
        {isEmpty ? (
          <span className="soft">{signs}</span>
        ) : children ? (
          <span className="soft">
            {signs[0]}
            {children.length}
            {signs[1]}
          </span>
        ) : (
          <Leaf value={value} />
        )}
        {path !== '' ? (
          <button type="button" className="json-copy" title={path} onClick={() => onCopy(path)}>
            {copied === path ? 'Copied' : 'Copy path'}
            <span className="visually-hidden"> {path}</span>
          </button>
        ) : null}
      </div>
      {children && isOpen && !isEmpty ? (
        <ul>
          {children.slice(0, shown).map(([key, one]) => (
            <Node
              key={key}
              name={key}
              value={one}
              path={stepTo(path, key)}
              depth={depth + 1}
              onCopy={onCopy}
              copied={copied}
            />
          ))}
          {children.length > shown ? (
            <li>
              <button
                type="button"
                className="button"
                onClick={() => setShown(shown + childrenStep)}
              >
                Show {Math.min(childrenStep, children.length - shown)} more of {children.length}
              </button>
            </li>
          ) : null}
        </ul>
      ) : null}
    </li>
  );
}

// `root` is what the value is called where its paths are used.
export function JsonTree({
  value,
  label,
  root = '',
}: {
  value: Json;
  label: string;
  root?: string;
}) {
  const [copied, setCopied] = useState<string>();
  const copyPath = async (path: string) => {
    if (!(await copy(path))) {
      return;
    }
    setCopied(path);
    setTimeout(() => setCopied(undefined), 1500);
  };
  return (
    <ul className="json-tree" aria-label={label}>
      <Node
        value={value}
        path={root}
        depth={0}
        onCopy={(path) => void copyPath(path)}
        copied={copied}
      />
    </ul>
  );
}
