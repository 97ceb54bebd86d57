import { defineConfig } from 'vitest/config'

const common = { testTimeout: 20_000, hookTimeout: 60_000, expect: { requireAssertions: true } }

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...common,
          name: 'service',
          include: ['service/**/*.test.{ts,tsx}', 'scripts/**/*.test.ts'],
          exclude: ['**/*.browser.test.ts', '**/*.mta.test.ts'],
          globalSetup: ['service/platform/testing-setup.ts'],
        },
      },
      {
        test: {
          ...common,
          name: 'browser',
          include: ['service/**/*.browser.test.ts'],
          globalSetup: ['service/platform/testing-setup.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          ...common,
          name: 'mta',
          include: ['service/**/*.mta.test.ts'],
          globalSetup: ['service/platform/testing-setup.ts'],
        },
      },
    ],
  },
})
