// The servers of an API. Where it has several, one is chosen, and this browser remembers it.
import { useId, useState } from 'react';
import type { Schemas } from '../../api/client';

type Operation = Schemas['CatalogOperation'];

const place = (api: string) => `tartan-server ${api}`;

// The server chosen; undefined stands for the first.
export function useServer({ api, servers }: Operation) {
  const [url, setUrl] = useState(() => localStorage.getItem(place(api)) ?? undefined);
  const isThere = servers.slice(1).some((one) => one.url === url);
  const choose = (next: string) => {
    localStorage.setItem(place(api), next);
    setUrl(next);
  };
  return [isThere ? url : undefined, choose] as const;
}

interface ServersProps {
  servers: Operation['servers'];
  chosen: string | undefined;
  // Left out where nothing depends on it.
  onChoose?: (url: string) => void;
}

export function Servers({ servers, chosen, onChoose }: ServersProps) {
  const name = useId();
  if (servers.length < 2 || !onChoose) {
    return servers.map((one) => (
      <div key={one.url}>
        <code>{one.url}</code> <span className="soft">{one.description}</span>
      </div>
    ));
  }
  return (
    <fieldset className="choices" aria-label="Server of the request">
      {servers.map((one) => (
        <label key={one.url}>
          <input
            type="radio"
            name={name}
            checked={one.url === (chosen ?? servers[0]?.url)}
            onChange={() => onChoose(one.url)}
          />
          <span>
            <code>{one.url}</code> <span className="soft">{one.description}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
