import { expect, it } from 'vitest'
import { PreferenceWatcher, type Platform } from '../../src/client/index.ts'
import { createHandClock } from '../store/hand-clock.ts'

const ALICE = 'sip:alice@example.com'
const SECOND = 1_000

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** An XDMS that is up or down, and says whether Alice is left alone. */
function setUp() {
  const clock = createHandClock()
  const xdms = { up: true, on: false, asked: [] as string[], change: (_id: string): void => {}, die: (): void => {} }
  const stream = (): Response => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        const say = (text: string): void => controller.enqueue(new TextEncoder().encode(text))
        say(':\n\n')
        xdms.change = (id) => say(`id: ${id}\nevent: change\ndata: {"user":"${ALICE}"}\n\n`)
        xdms.die = () => controller.error(new Error('connection reset'))
      },
    })
    return new Response(body)
  }
  const platform: Platform = {
    fetch: async (target, asking) => {
      const { pathname } = new URL(String(target))
      const after = new Headers(asking?.headers).get('last-event-id')
      xdms.asked.push(after === null ? pathname : `${pathname} behind ${after}`)
      if (!xdms.up) throw new Error('connection refused')
      return pathname === '/api/changes' ? stream() : Response.json({ doNotDisturb: { on: xdms.on } })
    },
    now: () => clock.now(),
    after: (milliseconds, run) => clock.at(clock.now() + milliseconds, run),
    // The longest that it may wait.
    random: (count) => new Uint8Array(count).fill(255),
    sha256: async () => '',
  }
  const watcher = new PreferenceWatcher({ url: 'https://xdms.example.com', authorization: () => 'Bearer x', platform })
  const known = async (): Promise<unknown> => (await watcher.preferences(ALICE))?.value['doNotDisturb']
  const age = async (): Promise<unknown> => (await watcher.preferences(ALICE))?.age
  return { clock, xdms, watcher, known, age }
}

it('INV-22, U7: a change is known when it is heard of; asked again there is no request', async () => {
  const { xdms, watcher, known } = setUp()
  await watcher.start()
  expect([await known(), await known()]).toEqual([{ on: false }, { on: false }])
  xdms.on = true
  xdms.change('1')
  await settled()
  expect([await known(), await known()]).toEqual([{ on: true }, { on: true }])
  expect(xdms.asked.filter((path) => path.includes('preferences'))).toHaveLength(2)
  watcher.stop()
})

it('INV-22: an XDMS that comes back, after however long, is found within half a second, behind the last id', async () => {
  const { clock, xdms, watcher, known, age } = setUp()
  await watcher.start()
  await known()
  xdms.change('1')
  await settled()
  await known()
  for (const downFor of [300, 5 * SECOND, 3_600 * SECOND]) {
    xdms.up = false
    xdms.die()
    await settled()
    expect(watcher.connected).toBe(false)
    const before = clock.now()
    for (const end = before + downFor; clock.now() < end; ) {
      clock.moveTo(Math.min(end, clock.next() ?? end))
      await settled()
      if (clock.now() - before > 10 * SECOND) clock.moveTo(end)
    }
    await settled()
    // Meanwhile what was known last is known, and how old it is.
    expect(await known()).toEqual({ on: xdms.on })
    expect(await age()).toBe(downFor)
    xdms.up = true
    xdms.on = !xdms.on
    const back = clock.now()
    while (!watcher.connected) {
      clock.moveTo(clock.next() ?? clock.now())
      await settled()
    }
    expect(clock.now() - back).toBeLessThanOrEqual(0.5 * SECOND)
    expect(xdms.asked.at(-1)).toBe('/api/changes behind 1')
    // What it missed is in the stream.
    xdms.change('1')
    await settled()
    expect(await known()).toEqual({ on: xdms.on })
    expect(await age()).toBe(0)
  }
  watcher.stop()
})
