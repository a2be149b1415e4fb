// How the data is kept safe: by commands, on the machine where the data is.
import { useQuery } from '@tanstack/react-query';
import { aboutQuery } from '../../api/session';
import { Failure } from '../../parts/Parts';
import { Command } from '../../parts/Command';
import { quoted } from '../../parts/quoted';

export function Backup() {
  const about = useQuery(aboutQuery);
  const folder = about.data?.dataDirectory;
  const today = new Date().toISOString().slice(0, 10);
  const file = `tartan-${today}.tar`;
  return (
    <>
      <p className="soft">
        A backup is one tar file with a consistent copy of every database, made while the server
        goes on. A command makes it, on the machine where Tartan runs, and not this page: it holds
        everything at once, which no access token should be enough to carry away, and to put it back
        the server has to be stopped.
      </p>
      <Failure error={about.error} />
      {about.data?.ephemeral ? (
        <div className="note warn">
          This server was started with <code>--ephemeral</code>: its data goes when it stops.
        </div>
      ) : null}
      {folder ? (
        <>
          <h2>1. Make a backup</h2>
          <Command text={`tartan backup --data ${quoted(folder)} ${file}`} />
          <h2>2. Keep the key, somewhere else</h2>
          <p className="soft">
            The key file is not in the backup, so that a stolen backup stays unreadable. Without the
            key, a backup can’t be read by anyone: copy it once to a safe place.
          </p>
          <Command text={`install -m 600 ${quoted(`${folder}/key`)} SAFE_PLACE/`} />
          <h2>3. Put it back</h2>
          <p className="soft">
            Into a folder without databases, while no server works on it. The key comes first.
          </p>
          <Command
            text={`mkdir -m 700 NEW_FOLDER && install -m 600 SAFE_PLACE/key NEW_FOLDER/ && tartan restore --data NEW_FOLDER ${file}`}
          />
          <h2>Check the data</h2>
          <p className="soft">Integrity, schema, disk space, clock and permissions:</p>
          <Command text={`tartan doctor --data ${quoted(folder)}`} />
        </>
      ) : null}
    </>
  );
}
