// What can be done with the whole definition: name, add, undo, views, save, run.
import { Network, Redo2, Undo2, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { AddTask } from './AddTask';

export type View = 'graph' | 'both' | 'json';

const views: { value: View; label: string }[] = [
  { value: 'graph', label: 'Graph' },
  { value: 'both', label: 'Both' },
  { value: 'json', label: 'JSON' },
];

interface ToolbarProps {
  name: string;
  onName: (name: string) => void;
  version: string;
  isChanged: boolean;
  isSaving: boolean;
  // Why it can't be saved.
  cannotSave: string | undefined;
  onAdd: (type: string) => void;
  onUndo: (() => void) | undefined;
  onRedo: (() => void) | undefined;
  onTidy: (() => void) | undefined;
  problems: ReactNode;
  more: ReactNode;
  view: View;
  onView: (view: View) => void;
  onSave: () => void;
  onRun: () => void;
}

interface ToolProps {
  icon: LucideIcon;
  label: string;
  what: string;
  act: (() => void) | undefined;
}

function Tool({ icon: Icon, label, what, act }: ToolProps) {
  return (
    <button
      type="button"
      className="button icon"
      aria-label={label}
      title={what}
      aria-disabled={!act}
      onClick={act}
    >
      <Icon size={16} aria-hidden />
    </button>
  );
}

export function Toolbar(props: ToolbarProps) {
  const { isChanged, isSaving, cannotSave, view } = props;
  // Not disabled: who pressed it keeps the focus.
  const canSave = isChanged && !isSaving && cannotSave === undefined;
  return (
    <div className="toolbar" role="toolbar" aria-label="Workflow">
      <h1 className="visually-hidden">Workflow</h1>
      <input
        className="title"
        aria-label="Name of the workflow"
        dir="auto"
        placeholder="Name of the workflow"
        value={props.name}
        title={props.name}
        size={Math.max(8, Math.min(40, props.name.length))}
        onChange={(event) => props.onName(event.target.value)}
      />
      <span className="soft saved">
        <span className="version">{props.version}</span>
        <span
          className={`status ${isChanged ? 'warn' : 'good'}`}
          title={`${props.version}, ${isChanged ? 'not saved' : 'saved'}`}
        >
          <span>{isSaving ? 'saving…' : isChanged ? 'not saved' : 'saved'}</span>
        </span>
      </span>
      <AddTask onAdd={props.onAdd} />
      <div className="tools">
        <Tool icon={Undo2} label="Undo" what="Undo (Ctrl+Z)" act={props.onUndo} />
        <Tool icon={Redo2} label="Redo" what="Redo (Ctrl+Y)" act={props.onRedo} />
        <Tool
          icon={Network}
          label="Auto layout"
          what="Auto layout: lays all tasks out anew and forgets where they were put by hand"
          act={props.onTidy}
        />
      </div>
      <span className="gap" />
      {props.problems}
      <div className="segments" role="group" aria-label="View">
        {views.map(({ value, label }) => (
          <button
            key={value}
            type="button"
            className="button"
            aria-pressed={view === value}
            onClick={() => props.onView(value)}
          >
            {label}
          </button>
        ))}
      </div>
      {props.more}
      <button
        type="button"
        className={`button ${isChanged ? 'primary' : ''}`}
        title={cannotSave ?? 'Ctrl+S'}
        aria-disabled={!canSave}
        onClick={canSave ? props.onSave : undefined}
      >
        Save
      </button>
      <button
        type="button"
        className={`button ${isChanged ? '' : 'primary'}`}
        disabled={isChanged}
        title={isChanged ? 'Save first: a run takes the saved version' : undefined}
        onClick={props.onRun}
      >
        Run
      </button>
    </div>
  );
}
