import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['service/**/*.test.{ts,tsx}', 'scripts/**/*.test.ts'],
    exclude: ['**/*.browser.test.*', 'node_modules/**', 'dist/**'],
    globalSetup: ['service/platform/testing-setup.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    expect: { requireAssertions: true },
  },
})
