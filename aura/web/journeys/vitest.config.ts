// Journeys: the built page in Chromium against a real Loophole, one after the other.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['journeys/**/*.journey.ts'],
    environment: 'node',
    fileParallelism: false,
    // Waits end with their outcome; these are only for what never comes.
    testTimeout: 180_000,
    hookTimeout: 240_000,
  },
});
