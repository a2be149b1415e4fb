// Narrows the search to an API or a provider, by its name.
import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { providersQuery } from './providersQuery';

interface ApiFilterProps {
  value: string;
  // APIs of the rows that are shown.
  seen: string[];
  onChange: (api: string) => void;
}

export function ApiFilter({ value, seen, onChange }: ApiFilterProps) {
  const id = useId();
  const [typed, setTyped] = useState(value);
  const [last, setLast] = useState(value);
  if (value !== last) {
    setLast(value);
    setTyped(value);
  }
  const named = useQuery({ ...providersQuery(typed, 50), enabled: typed.trim() !== '' });
  const options = [
    ...new Set([...seen, ...(named.data?.content.map((one) => one.provider) ?? [])]),
  ];
  return (
    <>
      <input
        className="field"
        aria-label="API"
        placeholder="Any API"
        list={id}
        value={typed}
        onChange={(event) => {
          const text = event.target.value;
          setTyped(text);
          if (text === '' || options.includes(text)) {
            onChange(text);
          }
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') {
            onChange(typed.trim());
          }
        }}
      />
      <datalist id={id}>
        {options.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
      {value ? (
        <button type="button" className="button" onClick={() => onChange('')}>
          Every API
        </button>
      ) : null}
    </>
  );
}
