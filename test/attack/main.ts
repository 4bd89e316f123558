/**
 * Attacks on a real server while an honest client is timed: `npm run attack [-- ID …]`. Prints a row for each attack,
 * and ends with exit 1 where one misses a bound.
 */
import { say } from '../bench/load.ts'
import { ATTACKS } from './blows.ts'
import { BOUNDS, measure, missedBy, rowOf, startVictim } from './honest.ts'
import { MORE_ATTACKS } from './more-blows.ts'

const SECONDS = Number(process.env['ATTACK_SECONDS'] ?? 10)
const wanted = process.argv.slice(2)
const every = [...ATTACKS, ...MORE_ATTACKS]
const chosen = wanted.length === 0 ? every : every.filter(({ id }) => wanted.includes(id))
let missed = 0

say(`bounds: p99 ${BOUNDS.p99Ms} ms, stall ${BOUNDS.stallMs} ms, memory back within ${BOUNDS.rssMib} MiB`)
const STALL = 'longest stall, of it without a processor, asleep, collecting garbage; stolen by the host, ms'
const TIMES = `p99 ms | ${STALL} | longest sync of another process, ms | dearest turn, ms of a processor`
const COLUMNS = `attack | what | requests | ${TIMES} | RSS MiB before, at most, after`
say(`| ${COLUMNS} | of it V8 + beside it, before, after | missed |`)
say('|---|---|---|---|---|---|---|---|---|---|')
for (const attack of chosen) {
  // Each attack meets a server of its own: what one leaves behind is not the other's.
  const server = await startVictim()
  try {
    const finding = await measure(server, attack, SECONDS * 1_000)
    missed += missedBy(finding).length
    say(rowOf(finding))
  } catch (error) {
    missed += 1
    const what = `the server did not live through it: ${(error as Error).message}`
    say(`| ${attack.id} | ${attack.says} | | | | | | | | ${what} |`)
  } finally {
    await server.stop()
  }
}
process.exit(missed === 0 ? 0 : 1)
