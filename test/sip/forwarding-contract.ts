/** What every implementation of `Forwarding` does, whatever lies on the way. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ForwardedMessage, Forwarding } from '../../src/participating/contracts/forwarding.ts'

/** What came out at the other end of the way. */
export interface Arrival {
  readonly messageId: string
  readonly from: string
  readonly to: string
  readonly subject: string | undefined
  readonly contentType: string
  readonly body: Buffer
  /** RFC 3339. */
  readonly sent: string
  /** Those it was for before, and whom it is for now. */
  readonly way: readonly string[]
  /** All of it, as latin1. */
  readonly raw: string
}

export interface ForwardingFixture {
  readonly forwarding: Forwarding
  /** Takes it. */
  readonly somebody: string
  /** Takes nothing, now or later. */
  readonly refusing: string
  /** Takes nothing now. */
  readonly busy: string
  /** Has it, and does not say so. */
  readonly silent: string
  /** So far, of all of them. */
  arrived(): readonly Arrival[]
  /** Resolves when so much has arrived. */
  has(count: number): Promise<void>
  /** From now on there is no way to anybody. */
  cut(): Promise<void>
  close(): Promise<void>
}

const ALICE = 'sip:alice@example.com'
const BOB = 'sip:bob@example.com'
const never = new AbortController().signal

export function forwardingContract(open: () => Promise<ForwardingFixture>): void {
  let fixture: ForwardingFixture
  beforeAll(async () => {
    fixture = await open()
  })
  afterAll(async () => {
    await fixture?.close()
  })

  const message = (messageId: string, fields: Partial<ForwardedMessage> = {}): ForwardedMessage => ({
    messageId,
    from: BOB,
    undisclosed: false,
    subject: 'Lunch? ü',
    contentType: 'text/plain; charset=utf-8',
    body: Buffer.from('At noon?'),
    sent: '2026-11-27T12:00:00Z',
    forwardedFor: [ALICE],
    ...fields,
  })
  const forward = (to: string, what: ForwardedMessage, signal = never) => fixture.forwarding.forward(to, what, signal)
  const ofId = (id: string): readonly Arrival[] => fixture.arrived().filter(({ messageId }) => messageId === id)

  it('U11, X18: it arrives with its originator, its message id and whom it was for before', async () => {
    const { somebody } = fixture
    expect(await forward(somebody, message('m1', { forwardedFor: [ALICE, 'tel:+4930123'] }))).toEqual({ kind: 'done' })
    expect(ofId('m1')).toMatchObject([
      {
        from: BOB,
        to: somebody,
        subject: 'Lunch? ü',
        contentType: 'text/plain; charset=utf-8',
        sent: '2026-11-27T12:00:00Z',
        way: [ALICE, 'tel:+4930123', somebody],
      },
    ])
    expect(ofId('m1')[0]?.body.toString()).toBe('At noon?')
  })

  it('U11: bytes arrive as the same bytes, and what has no subject has none there', async () => {
    const body = Buffer.from(Array.from({ length: 6_000 }, (_, at) => at % 256))
    const sent = message('m2', { subject: undefined, contentType: 'application/octet-stream', body })
    expect(await forward(fixture.somebody, sent)).toEqual({ kind: 'done' })
    const [arrival] = ofId('m2')
    expect(arrival).toMatchObject({ subject: undefined, contentType: 'application/octet-stream' })
    expect(arrival?.body.equals(body)).toBe(true)
  })

  it('U11, X7: who hides is shown to nobody', async () => {
    expect(await forward(fixture.somebody, message('m3', { undisclosed: true }))).toEqual({ kind: 'done' })
    const [arrival] = ofId('m3')
    expect(arrival?.from).toBe('sip:anonymous@anonymous.invalid')
    expect(arrival?.raw).not.toMatch(/bob/i)
  })

  it('U11, INV-3: asked again it comes under the same message id, so that it counts once', async () => {
    for (let times = 0; times < 2; times++)
      expect(await forward(fixture.somebody, message('m4'))).toEqual({ kind: 'done' })
    expect(ofId('m4')).toHaveLength(2)
  })

  it('U16: who takes nothing for good ends it', async () => {
    expect(await forward(fixture.refusing, message('m5'))).toEqual({ kind: 'never', because: 'rejected' })
  })

  it('U15: who takes nothing now is asked again later', async () => {
    expect(await forward(fixture.busy, message('m6'))).toMatchObject({ kind: 'again' })
  })

  it('U15: who is silent is waited for until the asker gives up, and asked again later', async () => {
    const givenUp = new AbortController()
    const before = fixture.arrived().length
    const asked = forward(fixture.silent, message('m7'), givenUp.signal)
    await fixture.has(before + 1)
    givenUp.abort()
    expect(await asked).toMatchObject({ kind: 'again' })
  })

  it('U15: for an asker who has given up before, nothing goes out', async () => {
    expect(await forward(fixture.somebody, message('m8'), AbortSignal.abort())).toMatchObject({ kind: 'again' })
    expect(await forward(fixture.somebody, message('m9'))).toEqual({ kind: 'done' })
    expect(ofId('m8')).toEqual([])
  })

  it('U15: where there is no way at the moment it is tried again', async () => {
    await fixture.cut()
    expect(await forward(fixture.somebody, message('m10'))).toMatchObject({ kind: 'again' })
    expect(ofId('m10')).toEqual([])
  })
}
