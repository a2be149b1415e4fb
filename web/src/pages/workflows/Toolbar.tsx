// What can be done with the whole definition: name, add, undo, views, save, run.
export type View = 'graph' | 'both' | 'json';

const views: { value: View; label: string }[] = [
  { value: 'graph', label: 'Graph' },
  { value: 'both', label: 'Both' },
  { value: 'json', label: 'JSON' },
];
export const taskTypes = ['Http', 'Decision', 'Parallel', 'Wait', 'Simple', 'Terminate'];

interface ToolbarProps {
  name: string;
  onName: (name: string) => void;
  isChanged: boolean;
  canSave: boolean;
  onAdd: (type: string) => void;
  onUndo: (() => void) | undefined;
  onRedo: (() => void) | undefined;
  onTidy: (() => void) | undefined;
  problems: number;
  view: View;
  onView: (view: View) => void;
  onSave: () => void;
  onRun: () => void;
}

export function Toolbar(props: ToolbarProps) {
  const { isChanged, problems, view } = props;
  return (
    <div className="toolbar" role="toolbar" aria-label="Workflow">
      <h1 className="visually-hidden">Workflow</h1>
      <input
        className="title"
        aria-label="Name of the workflow"
        value={props.name}
        onChange={(event) => props.onName(event.target.value)}
      />
      <span className="soft row">{isChanged ? 'not saved' : 'saved'}</span>
      <select
        className="field"
        style={{ width: 116 }}
        aria-label="Add a task"
        value=""
        onChange={(event) => props.onAdd(event.target.value)}
      >
        <option value="">Add task…</option>
        {taskTypes.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
      <button
        type="button"
        className="button"
        title="Ctrl+Z"
        disabled={!props.onUndo}
        onClick={props.onUndo}
      >
        Undo
      </button>
      <button
        type="button"
        className="button"
        title="Ctrl+Y"
        disabled={!props.onRedo}
        onClick={props.onRedo}
      >
        Redo
      </button>
      <button
        type="button"
        className="button"
        title="Lays all tasks out anew and forgets where they were put by hand"
        disabled={!props.onTidy}
        onClick={props.onTidy}
      >
        Auto layout
      </button>
      <span className="gap" />
      <span className={`status ${problems > 0 ? 'bad' : 'good'}`} aria-live="polite">
        <span>
          {problems === 0 ? 'valid' : problems === 1 ? '1 problem' : `${problems} problems`}
        </span>
      </span>
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
      <button
        type="button"
        className="button"
        title="Ctrl+S"
        disabled={!props.canSave}
        onClick={props.onSave}
      >
        Save
      </button>
      <button
        type="button"
        className="button primary"
        disabled={isChanged}
        title={isChanged ? 'Save first: a run takes the saved version' : undefined}
        onClick={props.onRun}
      >
        Run
      </button>
    </div>
  );
}
