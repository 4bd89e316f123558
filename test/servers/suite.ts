/** For suites that need the database: they run, or say loudly that they did not. */
import { describe, expect, it } from 'vitest'
import { openMongoJavaServer } from './mongo-java-server.ts'
import { openOwnDatabase, openTestDatabase, type NoDatabase, type OwnDatabase, type TestDatabase } from './mongodb.ts'

/**
 * Awaited at the top of a test file. Where no database can be had there is one line instead of the tests, and with CI
 * set it fails.
 * @param suite called while tests are collected, as what stands inside of `describe`.
 */
export async function withTestDatabase(suite: (database: TestDatabase) => void): Promise<void> {
  run(await openTestDatabase(), suite)
}

/** The same with one whose updates are atomic. The file stops it. */
export async function withAtomicDatabase(suite: (database: TestDatabase) => void): Promise<void> {
  run(await openMongoJavaServer(), suite)
}

/** The same with a server that the file may kill and freeze. The file stops it. */
export async function withOwnDatabase(suite: (database: OwnDatabase) => void): Promise<void> {
  run(await openOwnDatabase(), suite)
}

function run<Database extends TestDatabase>(
  database: Database | NoDatabase,
  suite: (database: Database) => void,
): void {
  if (database.kind !== 'none') {
    describe(`on ${database.name}`, () => suite(database))
    return
  }
  it(`design §5: NOT RUN, there is no database for these tests: ${database.why}`, () => {
    console.warn(`NOT RUN: ${database.why}`)
    expect(process.env['CI'], 'with CI set there has to be one').toBeUndefined()
  })
}
