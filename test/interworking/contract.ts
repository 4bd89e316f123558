/** What every service outside does for `Interworking`. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { Attempted } from '../../src/participating/contracts/attempt.ts'
import type { Interworked, Interworking, InterworkReport } from '../../src/participating/contracts/interworking.ts'

export interface InterworkingFixture {
  readonly interworking: Interworking
  /** The one to try. */
  readonly service: string
  /** Somebody who is reached. */
  readonly somebody: string
  /** The service takes it, and tells later that it could not be delivered; `undefined`: this one has no such people. */
  readonly nobodyInTheEnd: string | undefined
  /** The service takes nothing for him, now or later. */
  readonly refused: string
  /** What has arrived at `somebody`: for each message its text. */
  arrived(): Promise<readonly string[]>
  /** The same, where the service's server is not there. */
  down(): Interworking
  close(): Promise<void>
}

const never = new AbortController().signal
const PATIENCE = { timeout: 20_000, interval: 100 }

export function interworkingContract(open: () => Promise<InterworkingFixture>): void {
  let fixture: InterworkingFixture
  const told: InterworkReport[] = []
  const answers: Attempted[] = []
  const known = new Set<string>()
  beforeAll(async () => {
    fixture = await open()
    fixture.interworking.start(async (service, report) => {
      expect(service).toBe(fixture.service)
      if (!known.has(report.reference)) return { kind: 'never', because: 'Nothing is known of it.' }
      told.push(report)
      return answers.shift() ?? { kind: 'done' }
    })
  })
  afterAll(async () => {
    await fixture?.close()
  })

  const message = (id: string, to: string, text = 'At noon?'): Interworked => ({
    id,
    messageId: `of-bob-${id}`,
    from: 'sip:bob@example.com',
    to,
    subject: 'Lunch? ü',
    contentType: 'text/plain; charset=utf-8',
    body: Buffer.from(text),
    sent: Date.UTC(2026, 10, 27, 12),
  })
  const send = (what: Interworked) => fixture.interworking.interwork(fixture.service, what, never)

  async function references(what: Interworked): Promise<readonly string[]> {
    const attempted = await send(what)
    if (attempted.kind !== 'done') throw new Error(JSON.stringify(attempted))
    for (const reference of attempted.references) known.add(reference)
    return attempted.references
  }
  const reportOn = (reference: string) =>
    vi.waitFor(() => {
      const report = told.find((each) => each.reference === reference)
      if (report === undefined) throw new Error(`nothing of ${reference} among ${JSON.stringify(told)}`)
      return report
    }, PATIENCE)

  it('C4: what the service has taken arrives, and it tells so', async () => {
    const [reference = ''] = await references(message('m1', fixture.somebody, 'Grüße um 12, 😀 €'))
    expect((await reportOn(reference)).disposition).toBe('delivered')
    await vi.waitFor(async () => expect(await fixture.arrived()).toContain('Grüße um 12, 😀 €'), PATIENCE)
  })

  it('C4: what it could not deliver in the end it tells too', async () => {
    if (fixture.nobodyInTheEnd === undefined) return
    const [reference = ''] = await references(message('m2', fixture.nobodyInTheEnd))
    const report = await reportOn(reference)
    expect([report.disposition, report.because !== '']).toEqual(['failed', true])
  })

  it('C4: a report is told again until it is kept', async () => {
    answers.push({ kind: 'again', because: 'The store is away.' })
    const [reference = ''] = await references(message('m3', fixture.somebody))
    await vi.waitFor(() => expect(told.filter((each) => each.reference === reference).length).toBe(2), {
      timeout: 60_000,
      interval: 100,
    })
    expect(answers).toEqual([])
  }, 90_000)

  it('C4: long texts arrive whole', async () => {
    const long = 'Übermorgen um zwölf? '.repeat(30).trim()
    await references(message('m4', fixture.somebody, long))
    await vi.waitFor(async () => expect(await fixture.arrived()).toContain(long), PATIENCE)
  })

  it('X15: what the service will never take goes to the next one', async () => {
    expect((await send(message('m5', fixture.refused))).kind).toBe('never')
    expect((await send(message('m6', 'xmpp:'))).kind).toBe('never')
    expect(await fixture.interworking.interwork('pigeon', message('m7', fixture.somebody), never)).toEqual({
      kind: 'never',
      because: 'No service is named pigeon.',
    })
  })

  it('C4: what takes too long, and a server that is not there, is tried again', async () => {
    const late = message('m8', fixture.somebody, 'too late')
    expect((await fixture.interworking.interwork(fixture.service, late, AbortSignal.abort())).kind).toBe('again')
    const down = fixture.down()
    expect((await down.interwork(fixture.service, message('m9', fixture.somebody), never)).kind).toBe('again')
    await down.close()
    expect(await fixture.arrived()).not.toContain('too late')
  })
}
