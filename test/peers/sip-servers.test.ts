import { afterAll, beforeAll, expect, it } from 'vitest'
import { CORE_PROGRAMS } from './behind-core.ts'
import { withPeer } from './needs.ts'
import { startSipProcesses, type SipProcesses } from './sip-processes.ts'
import { answer, register, request, send, sipp, startSipp } from './sipp.ts'

const DEVICE = '127.0.0.9'
const USERS = 40
const PER_SECOND = 20
const SECONDS = 15

/** RFC 3261 §21.5.4: whoever is told that nobody is there for now asks again. */
const untilAccepted = (text: string): string =>
  [
    '<label id="1"/>',
    send(text),
    '<recv response="100" optional="true"/>',
    '<recv response="503" optional="true" next="2"/>',
    '<recv response="202" next="3"/>',
    '<label id="2"/><pause milliseconds="500"/><nop next="1"/>',
    '<label id="3"/><nop/>',
  ].join('')

/** Two servers on one store, each a process of its own, behind one core. */
withPeer('Kamailio, sipp and two servers', CORE_PROGRAMS, () => {
  let all: SipProcesses
  let turn = 0
  beforeAll(async () => void (all = await startSipProcesses(USERS)), 60_000)
  afterAll(() => all.close())

  /** Everything that one of our devices got, by the sender's id. */
  const idsIn = (messages: string): readonly string[] =>
    [...messages.matchAll(/^imdn\.Message-ID: (\S+)/gm)].map(([, id = '']) => id)

  /** Messages at a steady rate, while something happens; each is answered 202, though it take several tries. */
  const under = async (name: string, happens: () => Promise<void>): Promise<readonly string[]> => {
    turn += 1
    const { core } = all
    const port = 25993 + turn
    const total = PER_SECOND * SECONDS
    const device = startSipp('<recv request="MESSAGE"/>' + answer('200 OK'), {
      core,
      from: DEVICE,
      port,
      calls: total * 2,
      seconds: SECONDS + 60,
    })
    const instance = 'urn:uuid:00000000-0000-1000-8000-[call_number]'
    const registering = await sipp(register('u[call_number]', instance, port), {
      core,
      from: DEVICE,
      port: 25990,
      calls: USERS,
      rate: 40,
    })
    expect(registering.status, registering.errors.slice(0, 2000)).toBe(0)
    const text = request(
      'MESSAGE',
      'sip:[field0]@example.com',
      ['From: <sip:bob@example.com>;tag=[call_number]', 'To: <sip:[field0]@example.com>', 'Content-Type: message/cpim'],
      [
        'From: <sip:bob@example.com>',
        'To: <sip:[field0]@example.com>',
        'NS: imdn <urn:ietf:params:imdn>',
        `imdn.Message-ID: ${name}-[call_number]`,
        '',
        'Content-Type: text/plain',
        '',
        'hello',
      ].join('\n'),
    )
    const sender = startSipp(untilAccepted(text), {
      core,
      from: '127.0.0.8',
      calls: total,
      rate: PER_SECOND,
      seconds: SECONDS + 45,
      quiet: true,
      fields: Array.from({ length: USERS }, (_, at) => `u${at + 1}`),
    })
    await new Promise((resolve) => setTimeout(resolve, 5_000))
    await happens()
    const sent = await sender.done
    // On a busy machine sipp complains of itself, and of answers that came twice.
    expect(sent.status, sent.errors.slice(0, 2000)).toBe(0)
    await all.nothingWaits()
    device.finish()
    return idsIn((await device.done).messages)
  }

  const faultsOf = (name: string, ids: readonly string[]): Record<'lost' | 'doubled', readonly string[]> => {
    const sent = Array.from({ length: PER_SECOND * SECONDS }, (_, at) => `${name}-${at + 1}`)
    return {
      lost: sent.filter((id) => !ids.includes(id)),
      doubled: sent.filter((id) => ids.indexOf(id) !== ids.lastIndexOf(id)),
    }
  }

  it('C1: two servers behind one core, one is killed under load: nothing is lost, and only what it was being told comes again', async () => {
    const [first] = all.servers
    const ids = await under('killed', async () => {
      if (first !== undefined) await all.kill(first)
    })
    const { lost, doubled } = faultsOf('killed', ids)
    expect(lost).toEqual([])
    // A 200 that was on its way to who was killed was never written down.
    expect(doubled.length).toBeLessThanOrEqual(PER_SECOND)
  }, 150_000)

  it('C1: it comes back under load, and serves its users again: nothing is lost, nothing comes twice', async () => {
    const [first] = all.servers
    const ids = await under('back', async () => {
      if (first !== undefined) await all.start(first)
    })
    expect(faultsOf('back', ids)).toEqual({ lost: [], doubled: [] })
  }, 150_000)

  it('C1: the core is killed and started under load: nothing is lost, and what it owed an answer for comes again', async () => {
    const ids = await under('core', async () => {
      await all.core.kill()
      await all.core.start()
    })
    const { lost, doubled } = faultsOf('core', ids)
    expect(lost).toEqual([])
    // A 200 that died with the core was never heard here. The message comes again under its Message-ID, by which a
    // client knows it (RFC 5438 §6.3); so much as was on its way at once, and no more.
    expect(doubled.length).toBeLessThanOrEqual(PER_SECOND)
  }, 150_000)
})
