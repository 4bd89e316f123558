/**
 * The server as it is, with two things that only a test wants: it dies at a named point once it was told to (`arm`),
 * and its clock may be ahead. Arguments: place of the store, point (or `none`), milliseconds ahead, when it is armed,
 * and more settings. Says `{ url }` to its parent when it listens.
 */
import { assemble } from '../../src/assemble.ts'
import { systemClock, type Clock } from '../../src/clock.ts'
import { readSettings } from '../../src/config.ts'
import { storeAt } from './place.ts'

const [place = '', point = 'none', ahead = '0', when = 'armed', more = '{}'] = process.argv.slice(2)
const offset = Number(ahead)
const clock: Clock = {
  now: () => systemClock.now() + offset,
  at: (instant, run) => systemClock.at(instant - offset, run),
}

let armed = when === 'at-once'
process.on('message', () => {
  armed = true
  process.send?.({ armed })
})

const settings = readSettings({
  ...storeAt(place),
  XDMS_PORT: '0',
  XDMS_LOG_LEVEL: 'warn',
  ...(JSON.parse(more) as Record<string, string>),
})
const assembled = await assemble(settings, {
  clock,
  failpoint: (name) => {
    if (armed && name === point) process.kill(process.pid, 'SIGKILL')
  },
})
const { url } = await assembled.start()
process.send?.({ url })
