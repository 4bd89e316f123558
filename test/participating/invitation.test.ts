import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Invitation, InvitationDecision } from '../../src/participating/participating.ts'
import { ALICE, BOB, PHONE, TABLET, Testbed, registration } from './testbed.ts'

let testbed: Testbed
beforeEach(async () => {
  testbed = await Testbed.make()
  await testbed.pf.register(ALICE, PHONE, registration())
})
afterEach(() => testbed.stop())

async function prefer(body: string, name = 'work', others = ''): Promise<void> {
  await testbed.profile(ALICE, name, body)
  await testbed.active(ALICE, `default="${name}"`, others)
}
const invited = (fields: Partial<Invitation> = {}): Promise<InvitationDecision> =>
  testbed.pf.invitation(ALICE, { from: BOB, privacy: false, media: ['audio'], conversation: false, ...fields })
const rule = (type: string, store: boolean): string => `<media content-type="${type}" store="${store}"/>`

describe('what is recorded of a session', () => {
  it.each([
    ['', true, false],
    ['messages="true"', true, false],
    ['sessions="true"', false, true],
    ['sessions="true" conversations="false"', true, true],
    ['conversations="true"', false, false],
    ['conversations="true"', true, true],
  ])('X13: <storage %s>, of a conversation: %s', async (flags, conversation, recorded) => {
    await prefer(`<storage ${flags}/>`)
    expect(await invited({ conversation })).toMatchObject({ media: [{ type: 'audio', recorded }], recorded })
    expect(await invited({ conversation, media: [] })).toMatchObject({ media: [], recorded })
  })

  it.each([
    [true, rule('video/*', false), { audio: true, video: false, text: true }],
    [false, rule('AUDIO/*', true), { audio: true, video: false, text: false }],
    [true, rule('*/*', false), { audio: false, video: false, text: false }],
    [true, rule('audio/*', true) + rule('*/*', false), { audio: true, video: false, text: false }],
    [false, rule('*/*', true) + rule('audio/*', false), { audio: true, video: true, text: true }],
  ])(
    'X13: medium by medium, the first exception that has the whole of it: sessions=%s %s',
    async (sessions, rules, expected) => {
      await prefer(`<storage sessions="${sessions}">${rules}</storage>`)
      const { media, recorded } = await invited({ media: ['audio', 'video', 'text'] })
      expect(Object.fromEntries(media.map((one) => [one.type, one.recorded]))).toEqual(expected)
      expect(media.filter(({ exceptions }) => exceptions !== undefined)).toEqual([])
      expect(recorded).toBe(Object.values(expected).includes(true))
    },
  )

  it('X13: an exception for some of a medium goes along, for who carries it and sees what it is', async () => {
    const rules = rule('audio/dtmf', false) + rule('image/*', true) + rule('audio/*', true) + rule('audio/pcmu', false)
    await prefer(`<storage>${rules}</storage>`)
    expect((await invited({ media: ['audio', 'video'] })).media).toEqual([
      { type: 'audio', answer: 'ask', recorded: true, exceptions: [{ contentType: 'audio/dtmf', store: false }] },
      { type: 'video', answer: 'ask', recorded: false },
    ])
  })

  it('X13: what the messages of a session have in them may be anything, so each exception is about them', async () => {
    await prefer(`<storage sessions="false">${rule('image/*', true)}${rule('message/*', false)}</storage>`)
    expect(await invited({ media: ['message'] })).toMatchObject({
      media: [
        {
          recorded: false,
          exceptions: [
            { contentType: 'image/*', store: true },
            { contentType: 'message/*', store: false },
          ],
        },
      ],
      recorded: true,
    })
  })

  it('X13, X12: nothing of a medium that is refused, of a session that is, or of one that goes elsewhere', async () => {
    const video = '<media type="video" answer="reject"/>'
    const kept = `<storage sessions="true">${rule('video/h264', true)}</storage>`
    await prefer(`<sessions unavailable="interwork">${video}</sessions>${kept}`)
    expect(await invited({ media: ['audio', 'video'] })).toMatchObject({
      media: [{ recorded: true }, { type: 'video', answer: 'reject', recorded: false }],
      recorded: true,
    })
    const refused = { media: [{ type: 'video', answer: 'reject', recorded: false }], recorded: false, devices: [] }
    expect(await invited({ media: ['video'] })).toEqual({ answer: 'reject', reason: 'preference', ...refused })
    await testbed.pf.unregister(ALICE, PHONE)
    expect(await invited({ media: ['audio'] })).toMatchObject({
      answer: 'interwork',
      media: [{ recorded: false }],
      recorded: false,
    })
    expect(await invited({ media: [] })).toMatchObject({ answer: 'interwork', recorded: false })
  })

  it('X13, U2: where devices have different profiles, the default one says so', async () => {
    await testbed.profile(ALICE, 'quiet', '<storage sessions="false"/>')
    await prefer('<storage sessions="true"/>', 'work', `<device id="${PHONE}" profile="quiet"/>`)
    expect(await invited()).toMatchObject({ recorded: false })
    await testbed.pf.register(ALICE, TABLET, registration())
    expect(await invited()).toMatchObject({ recorded: true })
  })
})
