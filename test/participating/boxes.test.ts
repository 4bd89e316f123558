import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DeviceExplanation, MessageExplanation } from '../../src/participating/participating.ts'
import { ALICE, BOB, PHONE, refusal, registration, submission, as, Testbed } from './testbed.ts'

/** Around a part with its own header: what it comes in, and the types that it then has. */
const BOXES: Readonly<Record<string, (part: string) => readonly [contentType: string, body: string]>> = {
  'message/cpim': (part) => ['message/cpim', `From: <sip:b@x>\r\nTo: <sip:a@x>\r\n\r\n${part}`],
  'Message/CPIM; charset=utf-8': (part) => ['Message/CPIM; charset=utf-8', `From: <sip:b@x>\r\n\r\n${part}`],
  'message/cpim in a multipart': (part) => [
    'multipart/mixed; boundary=b',
    `--b\r\nContent-Type: message/cpim\r\n\r\nFrom: <sip:b@x>\r\n\r\n${part}\r\n--b--`,
  ],
  'a multipart in message/cpim': (part) => [
    'message/cpim',
    `From: <sip:b@x>\r\n\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n${part}\r\n--b--`,
  ],
  'message/cpim in message/cpim': (part) => [
    'message/cpim',
    `From: <sip:b@x>\r\n\r\nContent-Type: message/cpim\r\n\r\nFrom: <sip:b@x>\r\n\r\n${part}`,
  ],
}
const MAILS: typeof BOXES = {
  'message/rfc822': (part) => ['message/rfc822', `Subject: a\r\n${part}`],
  'message/rfc822 in message/cpim': (part) => [
    'message/cpim',
    `From: <sip:b@x>\r\n\r\nContent-Type: message/rfc822\r\n\r\nSubject: a\r\n${part}`,
  ],
  'message/cpim in message/rfc822': (part) => [
    'message/rfc822',
    `Subject: a\r\nContent-Type: message/cpim\r\n\r\nFrom: <sip:b@x>\r\n\r\n${part}`,
  ],
}
const TEXT = 'Content-Type: text/plain\r\n\r\nhi'
const VIDEO = 'Content-Type: video/mp4\r\n\r\nxxxx'
const box = (name: string, part: string): readonly [string, string] =>
  (
    BOXES[name] ??
    MAILS[name] ??
    ((): never => {
      throw new Error(name)
    })
  )(part)

let testbed: Testbed
beforeEach(async () => {
  testbed = await Testbed.make()
})
afterEach(() => testbed.stop())

async function prefer(body: string): Promise<void> {
  await testbed.profile(ALICE, 'work', body)
  await testbed.active(ALICE, 'default="work"')
}
async function explained([contentType, body]: readonly [string, string]): Promise<MessageExplanation> {
  const bytes = Buffer.from(body)
  const kinds = { privacy: false, group: false, file: false, conversation: false }
  return testbed.pf.explanation(ALICE, { from: BOB, contentType, size: bytes.length, body: bytes, ...kinds })
}
async function becauseOf(what: readonly [string, string]): Promise<DeviceExplanation['because'] | undefined> {
  return (await explained(what)).devices[0]?.because
}

describe.each(Object.keys({ ...BOXES, ...MAILS }))('what is in %s', (name) => {
  it('X7: is judged by rules', async () => {
    await prefer('<messages><rule id="r" action="reject"><content-type>video/*</content-type></rule></messages>')
    const send = ([contentType, body]: readonly [string, string]): Promise<unknown> =>
      testbed.pf.accept(as(BOB), submission({ contentType, body: Buffer.from(body) }))
    expect(await refusal(send(box(name, VIDEO)))).toMatchObject({ kind: 'rejected-by-preferences' })
    expect(await send(box(name, TEXT))).toMatchObject({ state: 'accepted' })
  })

  it('X13: is recorded or not', async () => {
    await prefer('<storage messages="true"><media content-type="video/*" store="false"/></storage>')
    const isRecorded = async (part: string): Promise<boolean> => (await explained(box(name, part))).recorded
    const isMail = name in MAILS
    expect([await isRecorded(TEXT), await isRecorded(VIDEO)]).toEqual([true, isMail])
  })
})

describe.each([
  ...Object.keys(BOXES).map((name) => [name, [] as readonly string[]] as const),
  // A mail is more than a box: who takes none can show nothing of it.
  ...Object.keys(MAILS).map((name) => [name, ['message/rfc822']] as const),
])('whether a device takes %s', (name, beside) => {
  it('X10: is asked of what is in it, by what the device can take', async () => {
    await prefer('<content-adaptation><device otherwise="withhold"/></content-adaptation>')
    await testbed.pf.register(ALICE, PHONE, registration({ accepts: ['text/plain', ...beside] }))
    expect([await becauseOf(box(name, TEXT)), await becauseOf(box(name, VIDEO))]).toEqual([
      'applicable',
      'does-not-accept',
    ])
    await testbed.pf.register(ALICE, PHONE, registration({ accepts: ['message/cpim', 'multipart/mixed', ...beside] }))
    expect(await becauseOf(box(name, TEXT))).toBe('does-not-accept')
  })

  it('X10: is asked of what is in it, by what its profile wants', async () => {
    const wanted = ['text/plain', ...beside].map((type) => `<accept content-type="${type}"/>`).join('')
    await prefer(`<content-adaptation><device otherwise="withhold">${wanted}</device></content-adaptation>`)
    await testbed.pf.register(ALICE, PHONE, registration())
    expect([await becauseOf(box(name, TEXT)), await becauseOf(box(name, VIDEO))]).toEqual([
      'applicable',
      'does-not-accept',
    ])
  })
})

it('X10: who takes no mail gets none, whatever is in it', async () => {
  await prefer('<content-adaptation><device otherwise="withhold"/></content-adaptation>')
  await testbed.pf.register(ALICE, PHONE, registration({ accepts: ['text/*', 'message/cpim'] }))
  for (const name of Object.keys(MAILS)) expect(await becauseOf(box(name, TEXT)), name).toBe('does-not-accept')
})
