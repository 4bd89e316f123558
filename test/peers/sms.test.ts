/** SMS through jSMPP's SMSC, which reports in decimal what it answered in hexadecimal. */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { createInterworking } from '../../src/interworking/create.ts'
import { createSms } from '../../src/interworking/sms.ts'
import { smscAccount } from '../../src/interworking/smsc.ts'
import type { Interworking } from '../../src/participating/contracts/interworking.ts'
import { interworkingContract, type InterworkingFixture } from '../interworking/contract.ts'
import { reachesTheSender } from '../interworking/to-sender.ts'
import { startChild } from '../servers/child.ts'
import { SMSC_JARS, withPeer } from './needs.ts'

const JAVA = '/usr/bin/java'
const SOURCE = join(import.meta.dirname, 'smsc', 'Smsc.java')

interface Smsc {
  readonly port: number
  readonly texts: readonly string[]
  end(): Promise<void>
}

async function startSmsc(): Promise<Smsc> {
  const folder = await mkdtemp(join(tmpdir(), 'xdms-smsc-'))
  const args = ['-cp', join(SMSC_JARS, '*'), SOURCE]
  const running = await startChild({ command: JAVA, args, folder, log: join(folder, 'log') })
  const port = Number(await running.line())
  if (Number.isNaN(port)) throw new Error(`the SMSC did not start: ${await running.complaint()}`)
  const texts: string[] = []
  const read = async (): Promise<void> => {
    for (let line = await running.line(); line !== undefined; line = await running.line()) {
      const [what, , text] = line.split(' ')
      if (what === 'sms') texts.push(Buffer.from(text ?? '', 'base64').toString())
    }
  }
  void read()
  return { port, texts, end: () => running.end() }
}

const sms = (port: number, password = 'secret'): Interworking =>
  createInterworking(
    new Map([
      [
        'sms',
        createSms({
          account: smscAccount(new URL(`smpp://pf:${password}@127.0.0.1:${port}?from=CPM`)),
          clock: systemClock,
          log: { warn: () => {} },
        }),
      ],
    ]),
  )

async function open(): Promise<InterworkingFixture> {
  const smsc = await startSmsc()
  const interworking = sms(smsc.port)
  return {
    interworking,
    service: 'sms',
    somebody: 'tel:+491701',
    // The simulator delivers whatever it takes.
    nobodyInTheEnd: undefined,
    refused: 'tel:+491701999',
    arrived: async () => smsc.texts.map((text) => text.replace(/^bob@example\.com \(Lunch\? ü\): /, '')),
    down: () => sms(1),
    async close() {
      await interworking.close()
      await smsc.end()
    },
  }
}

withPeer('an SMSC in Java', [JAVA, SMSC_JARS], () => {
  interworkingContract(open)
  reachesTheSender(open)

  let smsc: Smsc
  beforeAll(async () => {
    smsc = await startSmsc()
  })
  afterAll(async () => {
    await smsc?.end()
  })
  const message = (to: string) => ({
    id: 'm1',
    messageId: 'of-bob',
    to,
    contentType: 'text/plain',
    body: Buffer.from('At noon? @£$ [€]'),
    sent: 0,
  })
  const never = new AbortController().signal

  it('C4: too much at once is tried again when the SMSC says', async () => {
    const services = sms(smsc.port)
    expect(await services.interwork('sms', message('tel:+49170000'), never)).toEqual({
      kind: 'again',
      because: 'The SMSC answered 88.',
      after: 5_000,
    })
    await services.close()
  })

  it('C4: GSM’s own letters arrive as they are', async () => {
    const services = sms(smsc.port)
    expect((await services.interwork('sms', message('sms:+49-170-2'), never)).kind).toBe('done')
    await services.close()
    expect(smsc.texts).toContain('Anonymous: At noon? @£$ [€]')
  })

  it('C4: whoever the SMSC does not know is tried again, for the message is not at fault', async () => {
    const services = sms(smsc.port, 'wrong')
    expect(await services.interwork('sms', message('tel:+491702'), never)).toEqual({
      kind: 'again',
      because: 'The SMSC refuses us with 14.',
    })
    await services.close()
  })
})
