import { fileURLToPath } from 'node:url'
import { configDefaults, defineConfig } from 'vitest/config'
import { AT_RANDOM, filesOf, filesWithWorkers, ON_EVERY_STORE } from './lanes.ts'
import { leftOut } from './left-out.ts'

const results = process.env['TEST_RESULTS']
const asked = process.argv.flatMap((word, at) => (word === '--project' ? (process.argv[at + 1] ?? []) : []))

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    globalSetup: 'test/servers/global-setup.ts',
    pool: 'forks',
    // The default leaves a core idle, and of two that is half.
    maxWorkers: '100%',
    reporters: [
      'default',
      leftOut(asked),
      ...(results === undefined ? [] : [['json', { outputFile: results }] as ['json', { outputFile: string }]]),
    ],
    exclude: configDefaults.exclude,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // What is polled for is a condition; one second is too short for it on a machine that does much else.
    expect: { poll: { timeout: 10_000 } },
    projects: [
      { extends: true, test: { name: 'unit', include: filesOf('unit'), isolate: false } },
      { extends: true, test: { name: 'built', include: filesOf('built') } },
      { extends: true, test: { name: 'slow', include: filesOf('slow') } },
      { extends: true, test: { name: 'peers', include: filesOf('peers') } },
      { extends: true, test: { name: 'trials', include: AT_RANDOM, env: { TRIALS: 'all' } } },
      { extends: true, test: { name: 'all', include: ['test/**/*.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'workers',
          include: filesWithWorkers(),
          env: { HTTP_WORKERS: '2' },
          testTimeout: 60_000,
          hookTimeout: 60_000,
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
