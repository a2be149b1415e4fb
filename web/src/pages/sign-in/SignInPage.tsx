// With the code of a sign-in link in the address, or a personal access token.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useCallback, useEffect, useRef, useState, type FormEvent } from 'react';
import { sessionQuery, signIn } from '../../api/session';
import { Failure } from '../../parts/Parts';

export function SignInPage() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [token, setToken] = useState('');
  const [error, setError] = useState<unknown>();
  const tried = useRef(false);
  const asked = new URLSearchParams(window.location.search).get('then');
  const goOn = useCallback(async () => {
    const then = new URLSearchParams(window.location.search).get('then') ?? '/';
    const isOurs = then.startsWith('/') && !then.startsWith('//');
    await navigate({ href: isOurs ? then : '/', replace: true });
  }, [navigate]);

  // Somebody may sign in in another window meanwhile.
  const session = useQuery({ ...sessionQuery, staleTime: 0, refetchInterval: 3000 });
  const isSignedIn = session.data?.signedIn === true;
  useEffect(() => {
    if (isSignedIn) {
      void goOn();
    }
  }, [isSignedIn, goOn]);

  const enter = async (secret: string) => {
    setError(undefined);
    try {
      const session = await signIn(secret.trim());
      queries.setQueryData(sessionQuery.queryKey, session);
      await goOn();
    } catch (failure) {
      setError(failure);
    }
  };

  useEffect(() => {
    const code = window.location.hash.slice(1);
    if (code !== '' && !tried.current) {
      tried.current = true;
      // The code works once: it has no business in the history.
      window.history.replaceState(null, '', window.location.pathname + window.location.search);
      void enter(code);
    }
  });

  const submit = (event: FormEvent) => {
    event.preventDefault();
    void enter(token);
  };

  return (
    <main className="page">
      <form className="stack" style={{ maxWidth: 420, margin: '12vh auto 0' }} onSubmit={submit}>
        <h1>Sign in to Tartan</h1>
        {asked === null || asked === '/' ? null : (
          <p className="note" role="status">
            You are signed out. Afterwards you are back where you were; what you changed in a
            workflow and did not save is kept in this browser.
          </p>
        )}
        <p className="soft">
          Run <code>tartan sign-in</code> on the machine where Tartan runs and open the link it
          prints, or paste a personal access token.
        </p>
        <label>
          Personal access token
          <input
            className="field"
            type="password"
            autoComplete="off"
            autoFocus
            value={token}
            onChange={(event) => setToken(event.target.value)}
          />
        </label>
        <Failure error={error} />
        <div>
          <button className="button primary" disabled={token.trim() === ''}>
            Sign in
          </button>
        </div>
      </form>
    </main>
  );
}
