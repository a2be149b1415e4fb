// Said while the stream of what happens is lost; it is opened anew by itself.
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

export function Lost({ since }: { since: number | undefined }) {
  return (
    <div role="status" aria-live="polite">
      {since === undefined ? null : (
        <div className="note warn run-lost">
          The connection to Tartan is lost since {clock.format(since)}. What you see may be older
          than what is; it goes on by itself when Tartan answers again.
        </div>
      )}
    </div>
  );
}
