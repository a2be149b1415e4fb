// The workbench API, typed from its contract. A failure is thrown as a Problem, which says what the
// server said, with the request's id.
import createClient, { type Middleware } from 'openapi-fetch';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];

export class Problem extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly requestId?: string,
    readonly problems: Schemas['Problem'][] = [],
  ) {
    super(message);
  }
}

let csrfToken = '';
export function keepCsrfToken(token: string) {
  csrfToken = token;
}
// For what fetch can't do: an upload that tells how far it is.
export const csrfHeader = () => ['X-CSRF-Token', csrfToken] as const;

type ErrorBody = { message?: string; requestId?: string; problems?: Schemas['Problem'][] };

export function problemOf(status: number, body: unknown): Problem {
  const error = (typeof body === 'object' && body !== null ? body : {}) as ErrorBody;
  return new Problem(
    status,
    error.message ?? `The server answered ${status}.`,
    error.requestId,
    error.problems,
  );
}

// Requests that may be sent again when the session has changed under them.
const copies = new WeakMap<Request, Request>();

// Somebody signed in anew in another window: the cookie is that of the new session, its token is
// not known here yet. Answers undefined when that is not what happened.
async function sentAgain(refused: Request): Promise<Response | undefined> {
  const again = copies.get(refused);
  const session = again && (await fetch('/api/session'));
  if (!again || !session?.ok) {
    return undefined;
  }
  const { csrfToken: token } = (await session.json()) as Schemas['Session'];
  if (token === undefined || token === csrfToken) {
    return undefined;
  }
  keepCsrfToken(token);
  again.headers.set('X-CSRF-Token', token);
  return fetch(again);
}

const guard: Middleware = {
  onRequest({ request }) {
    if (request.method !== 'GET' && csrfToken !== '') {
      copies.set(request, request.clone());
      request.headers.set('X-CSRF-Token', csrfToken);
    }
  },
  async onResponse({ response: first, request }) {
    if (first.ok) {
      return undefined;
    }
    const second = first.status === 403 ? await sentAgain(request) : undefined;
    if (second?.ok) {
      return second;
    }
    const response = second ?? first;
    const problem = problemOf(response.status, await response.json().catch(() => undefined));
    if (response.status === 401 && !request.url.endsWith('/api/session')) {
      window.dispatchEvent(new Event('tartan-signed-out'));
    }
    throw problem;
  },
  onError() {
    return new Problem(0, 'Tartan does not answer. Is it still running?');
  },
};

export const api = createClient<paths>({ baseUrl: window.location.origin });
api.use(guard);

// The data of a call that either succeeds or throws.
export async function data<T>(call: Promise<{ data?: T }>): Promise<T> {
  return (await call).data as T;
}
