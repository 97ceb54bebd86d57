import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['service/**/*.test.{ts,tsx}', 'scripts/**/*.test.ts'],
    setupFiles: [],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    expect: { requireAssertions: true },
  },
})
