/**
 * `npm run fuzz`: throws inputs at the real server for FUZZ_SECONDS (60), from FUZZ_SEED (of this moment). Ends with
 * exit 1 where one comes to something that may never be; the input is then in a file, and becomes a case in the tests
 * of the room that it is about.
 */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Connection } from '../bench/connection.ts'
import { addUser, progress, say } from '../bench/load.ts'
import { ADMINISTRATOR, startServer } from '../bench/server.ts'
import { throwAt } from './throw.ts'

const seconds = Number(process.env['FUZZ_SECONDS'] ?? 60)
const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 1_000_000)

say(`seed ${seed}, ${seconds} s`)
const server = await startServer({ XDMS_FAILURES_OF_USER: '1000000000', XDMS_FAILURES_OF_ADDRESS: '1000000000' })
const until = Date.now() + seconds * 1_000
try {
  const admin = new Connection(server.url, ADMINISTRATOR)
  for (const name of ['alice', 'bob']) await addUser(admin, `sip:${name}@example.com`, 'user')
  admin.close()
  const { inputs, byStatus, faults } = await throwAt(
    server.url,
    seed,
    (so) => (progress(`${so} inputs`), Date.now() < until),
  )
  progress('')
  const statuses = [...byStatus].sort(([one], [other]) => one - other).map(([status, count]) => `${status}: ${count}`)
  say(`${inputs} inputs; ${statuses.join(', ')} (0: closed without an answer)`)
  const folder = faults.length === 0 ? '' : mkdtempSync(join(tmpdir(), 'cpm-xdms-fuzz-'))
  faults.forEach(({ kind, round, input, what, answer }, n) => {
    const file = join(folder, `${n}-${kind}.bin`)
    writeFileSync(file, input)
    say(
      `FOUND ${what}: ${kind}, FUZZ_SEED=${seed + round}, input in ${file}, answered ` +
        `${JSON.stringify(answer.slice(0, 300))}`,
    )
  })
  say(faults.length === 0 ? 'nothing was found' : `${faults.length} found`)
  process.exitCode = faults.length === 0 ? 0 : 1
} catch (error) {
  say(`FOUND the server does not serve: ${(error as Error).message}; FUZZ_SEED=${seed}`)
  process.exitCode = 1
} finally {
  await server.stop()
}
