/** The attacker's process: `attacker.ts ID URL MILLISECONDS`. Ends by itself when the attack is over. */
import { ATTACKS } from './blows.ts'
import { MORE_ATTACKS } from './more-blows.ts'

const [id, url = '', milliseconds] = process.argv.slice(2)
const attack = [...ATTACKS, ...MORE_ATTACKS].find((each) => each.id === id)
if (attack === undefined) throw new Error(`There is no attack ${id}.`)

const over = new Promise<void>((resolve) => setTimeout(resolve, Number(milliseconds)))
await attack.run({ url, over })
await over
process.exit(0)
