// The filters above the list of runs.
import type { Schemas } from '../../api/client';
import { Status } from '../../parts/Parts';
import { statuses, type Filter, type Period } from './runsFilter';

interface RunsFilterProps {
  filter: Filter;
  onChange: (filter: Filter) => void;
  counts: { [status: string]: number } | undefined;
  definitions: Schemas['DefinitionRow'][];
}

// What a field for local time shows and gives.
function toLocal(instant: string | undefined) {
  if (!instant) {
    return '';
  }
  const at = new Date(instant);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
const toInstant = (local: string) => new Date(local).toISOString();

function without(filter: Filter, ...names: (keyof Filter)[]): Filter {
  const kept = Object.entries(filter).filter(([name]) => !names.some((one) => one === name));
  return Object.fromEntries(kept);
}

export function RunsFilter({ filter, onChange, counts, definitions }: RunsFilterProps) {
  const set = <Name extends keyof Filter>(name: Name, value: Filter[Name] | undefined) =>
    onChange(value === undefined ? without(filter, name) : { ...filter, [name]: value });
  const all = Object.values(counts ?? {}).reduce((sum, one) => sum + one, 0);
  const isBetween = filter.after !== undefined || filter.before !== undefined;
  const choosePeriod = (chosen: string) => {
    const rest = without(filter, 'since', 'after', 'before');
    if (chosen === 'between') {
      onChange({ ...rest, after: new Date(new Date().setHours(0, 0, 0, 0)).toISOString() });
    } else {
      onChange(chosen ? { ...rest, since: chosen as Period } : rest);
    }
  };
  return (
    <div className="runs-filter">
      <div className="row" role="group" aria-label="Status">
        {[undefined, ...statuses].map((status) => (
          <button
            key={status ?? 'all'}
            type="button"
            className="button"
            aria-pressed={filter.status === status}
            onClick={() => set('status', status)}
          >
            {status ? <Status name={status} /> : 'All'}
            {counts ? (
              <span className="number soft">
                {(status ? (counts[status] ?? 0) : all).toLocaleString()}
              </span>
            ) : null}
          </button>
        ))}
      </div>
      <div className="row">
        <select
          className="field of-workflow"
          aria-label="Workflow"
          value={filter.definition ?? ''}
          onChange={(event) => set('definition', event.target.value || undefined)}
        >
          <option value="">Every workflow</option>
          {filter.definition && !definitions.some((one) => one.id === filter.definition) ? (
            <option value={filter.definition}>{filter.definition}</option>
          ) : null}
          {definitions.map((one) => (
            <option key={one.id} value={one.id}>
              {one.name}
            </option>
          ))}
        </select>
        <input
          className="field of-sequence"
          type="number"
          min={1}
          aria-label="Number"
          placeholder="Number"
          value={filter.number ?? ''}
          onChange={(event) => set('number', Number(event.target.value) || undefined)}
        />
        <select
          className="field of-period"
          aria-label="Made"
          value={isBetween ? 'between' : (filter.since ?? '')}
          onChange={(event) => choosePeriod(event.target.value)}
        >
          <option value="">At any time</option>
          <option value="hour">In the last hour</option>
          <option value="day">In the last day</option>
          <option value="week">In the last 7 days</option>
          <option value="between">Between…</option>
        </select>
        {isBetween ? (
          <>
            <input
              className="field of-instant"
              type="datetime-local"
              aria-label="From"
              value={toLocal(filter.after)}
              onChange={({ target }) =>
                set('after', target.value ? toInstant(target.value) : undefined)
              }
            />
            <span className="soft">to</span>
            <input
              className="field of-instant"
              type="datetime-local"
              aria-label="To"
              value={toLocal(filter.before)}
              onChange={({ target }) =>
                set('before', target.value ? toInstant(target.value) : undefined)
              }
            />
          </>
        ) : null}
      </div>
    </div>
  );
}
