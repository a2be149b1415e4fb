import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Problem } from './api/client';
import { makeRouter } from './router';
import './style/nonce';
import './style/tokens.css';
import './style/base.css';
import './frame/frame.css';

const queries = new QueryClient({
  defaultOptions: {
    // Tartan is on this machine or near it: whether the browser has a network says nothing. And what
    // waited for one would be done later, though its dialog was cancelled.
    mutations: { networkMode: 'always' },
    queries: {
      networkMode: 'always',
      staleTime: 5_000,
      retry: (count, error) => error instanceof Problem && error.status === 0 && count < 3,
    },
  },
});
const router = makeRouter(queries);

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
