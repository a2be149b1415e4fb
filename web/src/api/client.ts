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

const guard: Middleware = {
  onRequest({ request }) {
    if (request.method !== 'GET' && csrfToken !== '') {
      request.headers.set('X-CSRF-Token', csrfToken);
    }
  },
  async onResponse({ response, request }) {
    if (response.ok) {
      return undefined;
    }
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
