import { fileURLToPath } from 'node:url'
import { configDefaults, defineConfig } from 'vitest/config'

/** What is asked over HTTP holds on every store. Databases that are slow here make these tests slow, and nothing else. */
const ON_EVERY_STORE = ['messages', 'documents', 'streams', 'users', 'history', 'xcap', 'races'].map(
  (name) => `test/http/${name}.test.ts`,
)

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    globalSetup: 'test/servers/global-setup.ts',
    pool: 'forks',
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          include: ['test/**/*.test.ts'],
          exclude: configDefaults.exclude,
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'MongoDB',
          include: ON_EVERY_STORE,
          setupFiles: 'test/http/needs-mongodb.ts',
          env: { HTTP_STORE: 'mongodb' },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
