import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAdaptation } from '../../src/adaptation/create.ts'
import { ALICE, PHONE, TABLET, Testbed, quiet, registration } from './testbed.ts'

let testbed: Testbed
beforeEach(async () => {
  testbed = await Testbed.make()
  Object.assign(testbed.peers, { adaptation: createAdaptation(undefined) })
})
afterEach(() => testbed.stop())

const part = (type: string, content: string): string => `--b\r\nContent-Type: ${type}\r\n\r\n${content}\r\n`
const mixed = (...parts: readonly string[]) => ({
  contentType: 'multipart/mixed; boundary=b',
  body: Buffer.from(`${parts.join('')}--b--\r\n`),
})
const TEXT = part('text/plain', 'hi')
const MOVIE = part('video/mp4', 'xxxx')

/** A multipart is shown as bytes. */
const shown = (data: Readonly<Record<string, unknown>> | undefined): string =>
  Buffer.from(String(data?.['bodyBase64'] ?? ''), 'base64').toString()

async function profile(body: string): Promise<void> {
  await testbed.profile(ALICE, 'work', body)
  await testbed.active(ALICE, 'default="work"')
}

/** What the phone shows of a message that waited until it registered. */
async function shownLater(fields: Parameters<Testbed['send']>[0]): Promise<unknown> {
  await testbed.send(fields)
  await testbed.pf.register(ALICE, PHONE, registration())
  return shown((await testbed.open(ALICE, PHONE)).events[0]?.data)
}

describe('part by part, when a message is deferred', () => {
  it('X9: what is dropped is gone, and the rest stays as it came', async () => {
    await profile('<deferred><drop content-type="video/*"/></deferred>')
    expect(await shownLater(mixed(TEXT, MOVIE))).toBe(`${TEXT}--b--\r\n`)
  })

  it('X9: with a `keep`, what nothing names is dropped', async () => {
    await profile('<deferred><keep content-type="text/*"/></deferred>')
    expect(await shownLater(mixed(MOVIE, TEXT))).toBe(`${TEXT}--b--\r\n`)
  })

  it('X9: `whole` discards the message itself for one part', async () => {
    await profile('<deferred><drop content-type="video/*" whole="true"/></deferred>')
    expect(await testbed.view(await testbed.send(mixed(TEXT, MOVIE)))).toMatchObject({ state: 'discarded' })
  })

  it('X9: a message/cpim and a mail within are opened, and empty boxes go', async () => {
    await profile('<deferred><drop content-type="video/*"/></deferred>')
    const mail = part('message/rfc822', 'Subject: a\r\nContent-Type: video/mp4\r\n\r\nxxxx')
    expect(await shownLater(mixed(TEXT, mail))).toBe(`${TEXT}--b--\r\n`)
    const cpim = Buffer.from('From: <sip:b@x>\r\n\r\nContent-Type: video/mp4\r\n\r\nxxxx')
    await testbed.pf.unregister(ALICE, PHONE)
    const id = await testbed.send({ contentType: 'message/cpim', body: cpim })
    expect(await testbed.view(id)).toMatchObject({ state: 'discarded' })
  })

  it('X9, X14: what is dropped keeps no device from what is kept, by its type or its size', async () => {
    await profile(
      '<content-adaptation><device otherwise="withhold"><accept content-type="text/*"/></device></content-adaptation>' +
        '<deferred><drop content-type="video/*"/></deferred>',
    )
    expect(await shownLater(mixed(TEXT, MOVIE))).toBe(`${TEXT}--b--\r\n`)
    await testbed.pf.unregister(ALICE, PHONE)
    await profile('<deferred><drop content-type="video/*"/></deferred>')
    await testbed.send(mixed(TEXT, part('video/mp4', 'x'.repeat(5_000))))
    await testbed.pf.register(ALICE, TABLET, registration({ maxBytes: 1_000 }))
    expect(shown((await testbed.open(ALICE, TABLET)).events.at(-1)?.data)).toBe(`${TEXT}--b--\r\n`)
  })

  it('X9, X10: of what is withheld by its size, what is kept counts, and not what was dropped', async () => {
    await profile(
      '<content-adaptation><device max-bytes="300" otherwise="withhold"/></content-adaptation>' +
        '<deferred><drop content-type="video/*"/></deferred>',
    )
    const movie = part('video/mp4', 'x'.repeat(5_000))
    const long = await testbed.send(mixed(part('text/plain', 'y'.repeat(400)), movie))
    expect(await shownLater(mixed(TEXT, movie))).toBe(`${TEXT}--b--\r\n`)
    expect(await testbed.view(long)).toMatchObject({ state: 'deferred', reason: 'no-applicable-device' })
  })

  it('X9, X15: what a user hands to a service or the store is what is kept; what is recorded came whole', async () => {
    const put: string[] = []
    Object.assign(testbed.peers, {
      messageStore: {
        put: ({ entry, body }: { readonly entry: { readonly because: string }; readonly body: Uint8Array }) => {
          put.push(`${entry.because} ${Buffer.from(body).toString()}`)
          return Promise.resolve({ kind: 'done' })
        },
      },
      interworking: {
        services: ['email'],
        interwork: (service: string, { body }: { readonly body: Uint8Array }) => {
          put.push(`${service} ${Buffer.from(body).toString()}`)
          return Promise.resolve({ kind: 'done', references: [] })
        },
        start: () => {},
      },
    })
    await profile(
      '<deferred mode="notify"><drop content-type="video/*"/></deferred><interworking><service priority="1" ' +
        'name="email" address="mailto:a@example.net"/></interworking><storage messages="true"/>',
    )
    const [mailed, stored] = [await testbed.send(mixed(TEXT, MOVIE)), await testbed.send(mixed(TEXT, MOVIE))]
    await testbed.pf.register(ALICE, PHONE, registration())
    const actions = [
      { id: mailed, action: 'interwork' },
      { id: stored, action: 'store' },
    ] as const
    const { signal } = new AbortController()
    for await (const _ of await testbed.pf.retrieve(ALICE, PHONE, { kind: 'some', actions }, signal)) await quiet()
    await quiet()
    const whole = `${TEXT}${MOVIE}--b--\r\n`
    const kept = `${TEXT}--b--\r\n`
    expect(put).toEqual([`recorded ${whole}`, `recorded ${whole}`, `email ${kept}`, `user-action ${kept}`])
  })

  it('X7: a type inside of message/cpim is a type of the message', async () => {
    await profile('<messages><rule id="r" action="discard"><content-type>video/*</content-type></rule></messages>')
    const cpim = Buffer.from('From: <sip:b@x>\r\n\r\nContent-Type: video/mp4\r\n\r\nxxxx')
    expect(await testbed.view(await testbed.send({ contentType: 'message/cpim', body: cpim }))).toMatchObject({
      state: 'discarded',
    })
  })
})

describe('converted for a device', () => {
  const HTML = { contentType: 'text/html', body: Buffer.from('<p>hi <b>Bob</b></p>') }

  it('X10: what a device cannot take is made into what it takes; the others get the original', async () => {
    await testbed.pf.register(ALICE, PHONE, registration({ accepts: ['text/plain'] }))
    await testbed.pf.register(ALICE, TABLET, registration())
    const [phone, tablet] = [await testbed.open(ALICE, PHONE), await testbed.open(ALICE, TABLET)]
    await testbed.send(HTML)
    expect([phone, tablet].map(({ events }) => [events[0]?.data['contentType'], events[0]?.data['body']])).toEqual([
      ['text/plain; charset=utf-8', 'hi Bob'],
      ['text/html', '<p>hi <b>Bob</b></p>'],
    ])
  })

  it('X10: what can be converted counts as fitting, so its user is available', async () => {
    await profile(
      '<messages><unavailable action="discard"/></messages>' +
        '<content-adaptation><device><accept content-type="text/plain"/></device></content-adaptation>',
    )
    await testbed.pf.register(ALICE, PHONE, registration())
    const phone = await testbed.open(ALICE, PHONE)
    await testbed.send(HTML)
    expect(phone.events.map(({ data }) => data['body'])).toEqual(['hi Bob'])
  })

  it('X10: parts are left out with a note where the profile says so, and not converted', async () => {
    await profile(
      '<content-adaptation><device otherwise="leave-out"><accept content-type="text/plain"/></device>' +
        '</content-adaptation>',
    )
    await testbed.pf.register(ALICE, PHONE, registration())
    const phone = await testbed.open(ALICE, PHONE)
    await testbed.send(mixed(TEXT, part('text/html', '<p>hi</p>')))
    const [, note = ''] = shown(phone.events[0]?.data).split('base64\r\n\r\n')
    expect(Buffer.from(note.split('\r\n')[0] ?? '', 'base64').toString()).toBe('[text/html, 9 bytes, left out]')
  })

  it('U13, X10: a small part that nothing can be made of is left out, and the text that is taken comes', async () => {
    await testbed.pf.register(ALICE, PHONE, registration({ accepts: ['text/plain'] }))
    const phone = await testbed.open(ALICE, PHONE)
    await testbed.send(mixed(TEXT, part('text/csv', 'a,b')))
    const [, note = ''] = shown(phone.events[0]?.data).split('base64\r\n\r\n')
    expect(Buffer.from(note.split('\r\n')[0] ?? '', 'base64').toString()).toBe('[text/csv, 3 bytes, left out]')
  })

  it('U13, X10: what cannot be adapted after all makes the device inapplicable, until it takes something else', async () => {
    await testbed.pf.register(ALICE, PHONE, registration({ maxBytes: 3 }))
    const phone = await testbed.open(ALICE, PHONE)
    const id = await testbed.send({ contentType: 'image/png', body: Buffer.from('no picture') })
    expect([await testbed.view(id), phone.ids()]).toMatchObject([{ reason: 'no-applicable-device' }, []])
    await testbed.pf.register(ALICE, PHONE, registration())
    expect(phone.ids()).toEqual([id])
  })

  it('X10: who asks what would happen is told what is converted, and why not', async () => {
    await testbed.pf.register(ALICE, PHONE, registration({ accepts: ['text/plain'] }))
    await testbed.pf.register(ALICE, TABLET, registration({ accepts: ['audio/*'] }))
    const asked = {
      from: 'sip:bob@example.com',
      size: 9,
      privacy: false,
      group: false,
      file: false,
      conversation: false,
    }
    const told = await testbed.pf.explanation(
      ALICE,
      { ...asked, contentType: 'text/html', body: Buffer.of() },
      undefined,
    )
    expect(told.devices).toEqual([
      { device: PHONE, gets: true, because: 'applicable', converted: ['text/html to text/plain'] },
      { device: TABLET, gets: false, because: 'does-not-accept' },
    ])
  })
})
