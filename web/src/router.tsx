// Every place of the workbench and its address. Pages with editors are loaded when they are opened.
import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { sessionQuery } from './api/session';
import { Broken, BrokenAlone } from './frame/Broken';
import { Frame } from './frame/Frame';
import { Nowhere } from './frame/Nowhere';
import { SignInPage } from './pages/sign-in/SignInPage';
import { StartPage } from './pages/start/StartPage';

const root = createRootRouteWithContext<{ queries: QueryClient }>()({ component: Outlet });

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  component: SignInPage,
});

const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  component: Frame,
  errorComponent: BrokenAlone,
  beforeLoad: async ({ context, location }) => {
    const session = await context.queries.ensureQueryData(sessionQuery);
    if (!session.signedIn) {
      throw redirect({ to: '/sign-in', search: { then: location.href } });
    }
  },
});

const start = createRoute({ getParentRoute: () => inside, path: '/', component: StartPage });

export interface CatalogueSearch {
  q?: string;
  api?: string;
  method?: string;
  operation?: string;
}
const catalogue = createRoute({
  getParentRoute: () => inside,
  path: '/catalogue',
  validateSearch: (search): CatalogueSearch => ({
    ...(typeof search.q === 'string' ? { q: search.q } : {}),
    ...(typeof search.api === 'string' ? { api: search.api } : {}),
    ...(typeof search.method === 'string' ? { method: search.method } : {}),
    ...(typeof search.operation === 'string' ? { operation: search.operation } : {}),
  }),
  component: lazyRouteComponent(() => import('./pages/catalogue/CataloguePage'), 'CataloguePage'),
});

const workflows = createRoute({
  getParentRoute: () => inside,
  path: '/workflows',
  component: lazyRouteComponent(() => import('./pages/workflows/WorkflowsPage'), 'WorkflowsPage'),
});

export interface WorkflowSearch {
  task?: string;
  // From the catalogue, to be added: an operation at one of its servers.
  operation?: string;
  server?: string;
}
const workflow = createRoute({
  getParentRoute: () => inside,
  path: '/workflows/$definitionId',
  validateSearch: (search): WorkflowSearch => ({
    ...(typeof search.task === 'string' ? { task: search.task } : {}),
    ...(typeof search.operation === 'string' ? { operation: search.operation } : {}),
    ...(typeof search.server === 'string' ? { server: search.server } : {}),
  }),
  component: lazyRouteComponent(() => import('./pages/workflows/EditorPage'), 'EditorPage'),
});

export interface RunsSearch {
  status?: string;
  definition?: string;
  number?: number;
  since?: string;
  after?: string;
  before?: string;
}
const runs = createRoute({
  getParentRoute: () => inside,
  path: '/runs',
  validateSearch: (search): RunsSearch => ({
    ...(typeof search.status === 'string' ? { status: search.status } : {}),
    ...(typeof search.definition === 'string' ? { definition: search.definition } : {}),
    ...(typeof search.number === 'number' ? { number: search.number } : {}),
    ...(typeof search.since === 'string' ? { since: search.since } : {}),
    ...(typeof search.after === 'string' ? { after: search.after } : {}),
    ...(typeof search.before === 'string' ? { before: search.before } : {}),
  }),
  component: lazyRouteComponent(() => import('./pages/runs/RunsPage'), 'RunsPage'),
});

const run = createRoute({
  getParentRoute: () => inside,
  path: '/runs/$workflowId',
  validateSearch: (search): { task?: string } =>
    typeof search.task === 'string' ? { task: search.task } : {},
  component: lazyRouteComponent(() => import('./pages/runs/RunPage'), 'RunPage'),
});

export interface TasksSearch {
  definition?: string;
  name?: string;
  state?: string;
}
const tasks = createRoute({
  getParentRoute: () => inside,
  path: '/tasks',
  validateSearch: (search): TasksSearch => ({
    ...(typeof search.definition === 'string' ? { definition: search.definition } : {}),
    ...(typeof search.name === 'string' ? { name: search.name } : {}),
    ...(typeof search.state === 'string' ? { state: search.state } : {}),
  }),
  component: lazyRouteComponent(() => import('./pages/tasks/TasksPage'), 'TasksPage'),
});

const noTask = createRoute({
  getParentRoute: () => tasks,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/tasks/TasksPage'), 'NoTask'),
});

const task = createRoute({
  getParentRoute: () => tasks,
  path: '/$workflowId/$taskId',
  component: lazyRouteComponent(() => import('./pages/tasks/TaskPage'), 'TaskPage'),
});

const anyUsers = createRoute({
  getParentRoute: () => inside,
  path: '/users',
  beforeLoad: () => {
    throw redirect({
      to: '/users/$environment',
      params: { environment: 'sandbox' },
      replace: true,
    });
  },
});

export interface UsersSearch {
  q?: string;
  client?: string;
}
const users = createRoute({
  getParentRoute: () => inside,
  path: '/users/$environment',
  validateSearch: (search): UsersSearch => ({
    ...(typeof search.q === 'string' ? { q: search.q } : {}),
    ...(typeof search.client === 'string' ? { client: search.client } : {}),
  }),
  component: lazyRouteComponent(() => import('./pages/users/UsersPage'), 'UsersPage'),
});

const user = createRoute({
  getParentRoute: () => inside,
  path: '/users/$environment/$userId',
  component: lazyRouteComponent(() => import('./pages/users/UserPage'), 'UserPage'),
});

const removals = createRoute({
  getParentRoute: () => inside,
  path: '/users/$environment/removals',
  validateSearch: (search): { request?: string } =>
    typeof search.request === 'string' ? { request: search.request } : {},
  component: lazyRouteComponent(() => import('./pages/users/RemovalsPage'), 'RemovalsPage'),
});

export interface JournalSearch {
  entry?: number;
  show?: string;
  q?: string;
}
const journal = createRoute({
  getParentRoute: () => inside,
  path: '/users/$environment/journal',
  validateSearch: (search): JournalSearch => ({
    ...(typeof search.entry === 'number' ? { entry: search.entry } : {}),
    ...(search.show === 'errors' ? { show: search.show } : {}),
    ...(typeof search.q === 'string' ? { q: search.q } : {}),
  }),
  component: lazyRouteComponent(() => import('./pages/users/JournalPage'), 'JournalPage'),
});

const anySettings = createRoute({
  getParentRoute: () => inside,
  path: '/settings',
  beforeLoad: () => {
    throw redirect({ to: '/settings/$section', params: { section: 'clients' }, replace: true });
  },
});

const settings = createRoute({
  getParentRoute: () => inside,
  path: '/settings/$section',
  component: lazyRouteComponent(() => import('./pages/settings/SettingsPage'), 'SettingsPage'),
});

// Inside, so that the way to every place is at hand.
const nowhere = createRoute({ getParentRoute: () => inside, path: '$', component: Nowhere });

export function makeRouter(queries: QueryClient) {
  return createRouter({
    routeTree: root.addChildren([
      signIn,
      inside.addChildren([
        start,
        catalogue,
        workflows,
        workflow,
        runs,
        run,
        tasks.addChildren([noTask, task]),
        anyUsers,
        users,
        user,
        removals,
        journal,
        anySettings,
        settings,
        nowhere,
      ]),
    ]),
    context: { queries },
    defaultErrorComponent: Broken,
    defaultNotFoundComponent: Nowhere,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
