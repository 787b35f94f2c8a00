// Pictures of every panel for the documentation: no test of anything, but made the way the journeys are.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['screenshots/**/*.shots.ts'],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});
