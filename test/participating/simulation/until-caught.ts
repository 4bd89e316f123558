/**
 * Runs histories of both simulations by turns until one shows that something is wrong, and says which: the program that
 * `plants-main.ts` starts on sources with a mistake.
 *
 *     node --import tsx test/participating/simulation/until-caught.ts <histories at most>
 */
import { historyOfDevices, historyOfWork } from './history.ts'

const atMost = Number(process.argv[2])
let done = 0
for (let seed = 1; done < atMost; seed++)
  for (const history of [historyOfWork, historyOfDevices]) {
    done += 1
    const [failure] = (await history(seed)).failures
    if (failure === undefined) continue
    console.log(JSON.stringify({ after: done, failure: failure.split('\n')[0] }))
    process.exit(0)
  }
console.log(JSON.stringify({ after: done }))
process.exit(0)
