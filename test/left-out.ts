/** The last lines of a run say what it did not try, and how one tries it. */
import type { Reporter } from 'vitest/reporters'
import { filesOf, filesWithWorkers, ON_EVERY_STORE } from './lanes.ts'

/** @param projects that this run was asked for; none named is all of them. */
export function leftOut(projects: readonly string[]): Reporter {
  return {
    onTestRunEnd() {
      if (projects.length === 0 || projects.includes('slow')) return
      const files = filesOf('slow').length + filesOf('peers').length
      console.log(
        [
          `NOT RUN here: ${files} files that want a database, installed peers or minutes ` + `of killing servers,`,
          `${ON_EVERY_STORE.length} once more on MongoDB, and ${filesWithWorkers().length} once more with two workers.`,
          'All of it: npm run test:all (test/README.md).',
          '',
        ].join('\n'),
      )
    },
  }
}
