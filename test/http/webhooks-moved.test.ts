import { expect, it } from 'vitest'
import { clear, newFolder } from '../cli/program.ts'
import { moveStore } from '../store/move.ts'
import { Receiver } from './receiver.ts'
import { ALICE, startServer } from './server.ts'

const QUICK = { XDMS_WEBHOOK_TARGETS: '127.0.0.1', XDMS_WEBHOOK_RETRY_FIRST_MS: '20', XDMS_SWEEP_MS: '100' }
const DND = `/api/users/${ALICE}/do-not-disturb`

it('X19, design §4: a webhook goes on in another store, with what was not delivered, signed as before', async () => {
  const [from, to] = [await newFolder(), await newFolder()]
  const receiver = await Receiver.start()
  const first = await startServer({ ...QUICK, XDMS_DATA: from })
  const made = await first.alice.ask('POST', '/api/subscriptions', { json: { url: receiver.url } })
  receiver.secrets.push(made.json.secret as string)
  const at = made.headers.location as string
  const stateOf = async (): Promise<string> => (await first.alice.get(at)).json.state as string
  await expect.poll(stateOf, { timeout: 5_000 }).toBe('active')
  receiver.answer = () => 500
  await first.alice.put(DND, { on: true })
  await expect.poll(stateOf, { timeout: 5_000 }).toBe('failing')
  await first.assembled.close()

  await moveStore(from, to)

  receiver.received.splice(0)
  receiver.answer = () => 204
  const second = await startServer({ ...QUICK, XDMS_DATA: to })
  await receiver.until(() => receiver.received.length >= 2)
  await second.alice.put(DND, { on: false })
  await receiver.until(() => receiver.received.length >= 4)
  expect(receiver.received.map(({ type, json }) => [type, json.data.kind ?? json.data.doNotDisturb])).toEqual([
    ['change', 'created'],
    ['state', true],
    ['change', 'changed'],
    ['state', false],
  ])
  expect((await second.alice.get(at)).json.state).toBe('active')
  expect(receiver.faults).toEqual([])
  await second.assembled.close()
  await receiver.close()
  await clear()
})
