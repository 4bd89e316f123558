import { createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createHappenings } from '../servers/happenings.ts'
import { answerTo, onMessages, sip, startCore, statusOf, type Core } from './core.ts'
import { forwardingContract, type ForwardingFixture } from './forwarding-contract.ts'
import { arrivalOf, openForwarding, statusFor } from './forwarding-side.ts'

const ALICE = 'sip:alice@example.com'
const DAN = 'sip:dan@elsewhere.example'

describe('forwarded by a server', () => {
  let core: Core
  beforeEach(async () => {
    core = await startCore()
    core.answer = (request) => answerTo(request, 200)
  })
  afterEach(() => core.stop())

  it('X18, U11: what is forwarded to another domain goes out through the core, with its originator and its way so far', async () => {
    const rules = [{ id: 'away', action: 'forward', to: DAN, originators: [{ domain: 'example.com' }] }]
    const profile = { id: 'work', displayNames: [{ text: 'Work' }], messages: { rules } }
    const put = await core.server.alice.put(`/api/users/${ALICE}/profiles/work`, profile)
    expect(put.status, put.text).toBe(201)
    await core.server.alice.put(`/api/users/${ALICE}/active-profile`, { default: 'work' })
    expect(statusOf(await core.ask(sip('MESSAGE', { body: 'please forward' })))).toBe(202)
    await core.until(() => core.sent.some((request) => request.startsWith(`MESSAGE ${DAN} `)))
    const request = core.sent.find((each) => each.startsWith(`MESSAGE ${DAN} `)) ?? ''
    expect(request).toContain('P-Asserted-Identity: <sip:bob@example.com>')
    expect(request).toContain(`History-Info: <${ALICE}>;index=1, <${DAN}>;index=1.1`)
    expect(request).toContain('please forward')
  })
})

/** A core of bytes that answers for everybody behind it, and keeps to itself who hides (RFC 3325 §7). */
async function open(): Promise<ForwardingFixture> {
  const { happened, until } = createHappenings()
  const arrived: string[] = []
  const links = new Set<Socket>()
  const listener = createServer((link) => {
    links.add(link)
    link.on('error', () => {})
    onMessages(link, (request) => {
      arrived.push(/^Privacy: id/m.test(request) ? request.replace(/^P-Asserted-Identity: .*\r\n/m, '') : request)
      const status = statusFor(request)
      if (status !== undefined) link.write(answerTo(request, status))
      happened()
    })
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const { port } = listener.address() as { port: number }
  const side = await openForwarding({ host: '127.0.0.1', port }, '127.0.0.1')
  const cut = async (): Promise<void> => {
    const closed = new Promise((resolve) => listener.close(resolve))
    for (const link of links) link.destroy()
    await closed
  }
  return {
    forwarding: side.forwarding,
    somebody: DAN,
    refusing: 'sip:refusing@elsewhere.example',
    busy: 'sip:busy@elsewhere.example',
    silent: 'sip:silent@elsewhere.example',
    arrived: () => arrived.map(arrivalOf),
    has: (count) => until(() => arrived.length >= count),
    cut,
    async close() {
      await side.stop()
      await cut()
    },
  }
}

describe('to a core of bytes', () => forwardingContract(open))
