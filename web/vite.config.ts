import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Property tests take their time on a busy machine.
  test: { testTimeout: 60_000 },
  plugins: [react()],
  // `npm run dev` beside a server that runs at its usual address.
  server: { proxy: { '/api': { target: 'http://127.0.0.1:8080', changeOrigin: false } } },
  build: {
    target: 'es2022',
    // The policy of the document allows no inline script, and every page is served from one place.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
  },
});
