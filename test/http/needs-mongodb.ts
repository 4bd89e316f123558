/**
 * These suites once more, with the servers on MongoDB. Where there is no database they say so, and with CI set they
 * fail.
 */
import { beforeEach } from 'vitest'
import { openTestDatabase } from '../servers/mongodb.ts'

const database = await openTestDatabase()
if (database.kind === 'none') {
  if (process.env['CI'] !== undefined) throw new Error(`With CI set there has to be a database: ${database.why}`)
  console.warn(`NOT RUN on MongoDB: ${database.why}`)
  beforeEach((context) => context.skip(`NOT RUN on MongoDB: ${database.why}`))
}
