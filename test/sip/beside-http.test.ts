import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock, type Clock } from '../../src/clock.ts'
import { answerTo, sip, startCore, statusOf, type Core } from './core.ts'

const ALICE = 'sip:alice@example.com'
const PHONE = 'urn:uuid:00000000-0000-1000-8000-00000000000a'

let core: Core
let later = 0
/** What waits for an instant is looked at often, so that a clock that the test moves wakes it. */
const clock: Clock = {
  now: () => systemClock.now() + later,
  at(instant, run) {
    let callOff = (): void => {}
    const look = (): void => {
      callOff = systemClock.at(Math.min(systemClock.now() + 50, instant - later), () =>
        clock.now() >= instant ? run() : look(),
      )
    }
    look()
    return () => callOff()
  },
}

beforeEach(async () => {
  later = 0
  core = await startCore({}, { clock })
  core.answer = (request) => answerTo(request, 200)
})
afterEach(() => core.stop())

const registering = (): string => {
  const contact = `Contact: <sip:alice@127.0.0.9:5070>;+sip.instance="<${PHONE}>";expires=600`
  const body = `REGISTER sip:example.com SIP/2.0\r\n${contact}\r\nSupported: gruu\r\n\r\n`
  return sip('REGISTER', { uri: ALICE, by: '', type: 'message/sip', body })
}
const sent = (): readonly string[] => core.sent.filter((request) => request.startsWith('MESSAGE'))

describe('a device with two doors', () => {
  it('C1, P3: its inbox over HTTP goes first, a refresh takes nothing away from it, and when it closes SIP is there again', async () => {
    await core.ask(registering())
    const path = `/api/users/${ALICE}/devices/${encodeURIComponent(PHONE)}/inbox`
    const inbox = await core.server.alice.stream(path)
    await core.ask(registering())
    expect(statusOf(await core.ask(sip('MESSAGE', { body: 'over http' })))).toBe(202)
    expect((await inbox.event(0)).data).toMatchObject({ body: 'over http' })
    expect(sent()).toEqual([])
    inbox.close()
    const { participating } = core.server.assembled
    while (participating.figures().openInboxes > 0) await new Promise((resolve) => setTimeout(resolve, 10))
    later = 20_000
    expect(statusOf(await core.ask(sip('MESSAGE', { body: 'over sip' })))).toBe(202)
    await core.until(() => sent().some((request) => request.endsWith('over sip')))
  })
})
