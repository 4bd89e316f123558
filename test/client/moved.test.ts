import { afterEach, expect, it } from 'vitest'
import { PreferenceWatcher } from '../../src/client/index.ts'
import { clear, newFolder } from '../cli/program.ts'
import { ALICE, passwordOf, startServer } from '../http/server.ts'
import { moveStore } from '../store/move.ts'

afterEach(clear)

const PF = 'sip:pf@example.com'
const DND = `/api/users/${ALICE}/do-not-disturb`
const WAIT = { timeout: 20_000 }

it('U7, design §4: it goes on where the XDMS has moved to another store, with what changed on the way', async () => {
  const [from, to] = [await newFolder(), await newFolder()]
  const first = await startServer({ XDMS_PARTICIPATING: 'false', XDMS_DATA: from })
  const watcher = new PreferenceWatcher({ url: first.url, user: PF, password: passwordOf(PF) })
  await watcher.start()
  const known = async (): Promise<unknown> => (await watcher.preferences(ALICE))?.value['doNotDisturb']
  await first.alice.put(DND, { on: true })
  await expect.poll(known, WAIT).toMatchObject({ on: true })
  await first.assembled.close()

  await moveStore(from, to)

  const heard: (string | undefined)[] = []
  watcher.onChange((xui) => heard.push(xui))
  const { port } = new URL(first.url)
  const second = await startServer({ XDMS_PARTICIPATING: 'false', XDMS_DATA: to, XDMS_PORT: port })
  await second.alice.put(DND, { on: false })
  await expect.poll(known, WAIT).toMatchObject({ on: false })
  expect(watcher.connected).toBe(true)
  // The ids of the one store hold in the other: nothing was asked anew for everybody.
  expect(heard).not.toContain(undefined)
  watcher.stop()
  await second.assembled.close()
}, 60_000)
