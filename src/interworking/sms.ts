/** Messages as SMS, through an SMSC, and its delivery receipts. */
import { createAlarm, type Clock } from '../clock.ts'
import type { Pdu, Session } from 'smpp'
import type { Attempted } from '../participating/contracts/attempt.ts'
import type { InterworkAttempted, InterworkReport } from '../participating/contracts/interworking.ts'
import { isReceipt, readReceipt } from './receipt.ts'
import { saidBy, type InterworkingLog, type NonCpm } from './service.ts'
import { shortBytes, shortText, type ShortBytes } from './short-text.ts'
import { createSmsc, type SmscAccount } from './smsc.ts'

export interface SmsRooms {
  readonly account: SmscAccount
  readonly clock: Clock
  readonly log: InterworkingLog
}

type Take = (report: InterworkReport) => Promise<Attempted>

/** Some 2,700 letters, or 1,200 in UCS-2. Each is paid for, and what is longer is nobody's short message. */
const PARTS_AT_MOST = 18
/** SMPP 3.4 §5.2.21: what is longer goes in `message_payload`, and the SMSC cuts it. */
const SHORT_AT_MOST = 140
/**
 * SMPP 3.4 §5.1.3, what passes: a system in trouble, a full queue, throttling, a failed submission, an application that
 * is away.
 */
const PASSES: ReadonlySet<number> = new Set([0x04, 0x08, 0x14, 0x45, 0x58, 0x64])
const THROTTLED = 0x58
const THROTTLED_MS = 5_000
const BIND_AGAIN_MS = 5_000
/** A receipt that cannot be kept is told again so often; then the SMSC is asked to repeat it. */
const TOLD_AT_MOST = 5
const TELL_AGAIN_MS = 1_000
const TRY_LATER = 0x64
/** Short messages of people: nobody here takes them. */
const NOT_TAKEN = 0x66

export function createSms({ account, clock, log }: SmsRooms): NonCpm {
  let take: Take | undefined
  const alarm = createAlarm(clock, () => void listen())
  const smsc = createSmsc(account, clock, {
    delivered: (pdu, session) => void deliver(pdu, session),
    ended: () => bindLater(),
  })
  const bindLater = (): void => {
    if (take !== undefined) alarm.set(clock.now() + BIND_AGAIN_MS)
  }
  /** Receipts come only over a connection that stands. */
  const listen = async (): Promise<void> => {
    try {
      await smsc.bound()
    } catch (error) {
      log.warn({ because: saidBy(error) }, 'the SMSC cannot be reached; it is tried again')
      bindLater()
    }
  }
  const deliver = async (pdu: Pdu, session: Session): Promise<void> => {
    const status = isReceipt(pdu) ? await told(pdu) : NOT_TAKEN
    session.send(pdu.response({ command_status: status }))
  }
  const told = async (pdu: Pdu): Promise<number> => {
    const receipt = readReceipt(pdu)
    if (receipt === undefined) return 0
    const { ids, disposition, state } = receipt
    for (let time = 1; take !== undefined; time++) {
      const taking = take
      const because = disposition === 'failed' ? { because: state } : {}
      const answer = await firstKnown(ids, time, (reference) =>
        taking({ reference, disposition, ...because, at: clock.now() }),
      )
      if (answer.kind !== 'again') return 0
      if (time === TOLD_AT_MOST) break
      await new Promise<void>((resume) => clock.at(clock.now() + TELL_AGAIN_MS, resume))
    }
    return TRY_LATER
  }

  return {
    async send(message, signal) {
      const number = numberOf(message.to)
      if (number === undefined) return { kind: 'never', because: `${message.to} is no telephone number.` }
      const text = shortBytes(shortText(message))
      if (text.parts > PARTS_AT_MOST) return { kind: 'never', because: `It is longer than ${PARTS_AT_MOST} SMS.` }
      if (signal.aborted) return { kind: 'again', because: 'It took too long.' }
      try {
        return await submit(
          await orGivenUp(smsc.bound(), signal),
          { ...addresses(account.from, number), ...carried(text) },
          signal,
        )
      } catch (error) {
        return { kind: 'again', because: saidBy(error) }
      }
    },
    start(taking) {
      take = taking
      void listen()
    },
    async close() {
      take = undefined
      alarm.callOff()
      await smsc.close()
    },
  }
}

function orGivenUp<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('It took too long.')), { once: true })
    work.then(resolve, reject)
  })
}

/** RFC 3966 and RFC 5724: `+` and digits, or the digits of a short code. */
function numberOf(uri: string): string | undefined {
  const number = /^(?:tel|sms):([^;?]+)/i.exec(uri)?.[1]?.replace(/[-.()]/g, '')
  return number !== undefined && /^\+?\d{2,20}$/.test(number) ? number : undefined
}

/** SMPP 3.4 §5.2.5, §5.2.6: 1 is international and E.164, 5 letters, 0 what the network takes it for. */
function addresses(from: string, to: string): object {
  const source = /^\+?\d+$/.test(from) ? (from.startsWith('+') ? 1 : 0) : 5
  return {
    source_addr_ton: source,
    source_addr_npi: source === 5 ? 0 : 1,
    source_addr: from.replace(/^\+/, ''),
    dest_addr_ton: to.startsWith('+') ? 1 : 0,
    dest_addr_npi: 1,
    destination_addr: to.replace(/^\+/, ''),
  }
}

function carried({ coding, bytes }: ShortBytes): object {
  const text = bytes.length <= SHORT_AT_MOST ? { short_message: bytes } : { message_payload: bytes }
  return { data_coding: coding, registered_delivery: 1, ...text }
}

function submit(session: Session, fields: object, signal: AbortSignal): Promise<InterworkAttempted> {
  return new Promise((resolve) => {
    const end = (attempted: InterworkAttempted): void => {
      signal.removeEventListener('abort', giveUp)
      session.removeListener('close', lost)
      resolve(attempted)
    }
    const lost = (): void => end({ kind: 'again', because: 'The SMSC closed the connection.' })
    const giveUp = (): void => {
      end({ kind: 'again', because: 'It took too long.' })
      // It answers nothing any more, or an answer that nobody waits for.
      session.destroy()
    }
    signal.addEventListener('abort', giveUp, { once: true })
    session.once('close', lost)
    const went = session.submit_sm(fields, (pdu) => end(submitted(pdu)))
    if (!went) lost()
  })
}

function submitted({ command_status: status, message_id: id }: Pdu): InterworkAttempted {
  if (status === 0) return { kind: 'done', references: id === undefined || id === '' ? [] : [id] }
  const because = `The SMSC answered ${status}.`
  if (!PASSES.has(status)) return { kind: 'never', because }
  return { kind: 'again', because, ...(status === THROTTLED ? { after: THROTTLED_MS } : {}) }
}

/** So often a name that may be known soon is waited for before the others are asked for. */
const PATIENT = 2

/**
 * An id in one spelling may be another message's in another, so what is known under the first is it; also where that is
 * known only in a moment.
 */
async function firstKnown(
  ids: readonly string[],
  time: number,
  tell: (id: string) => Promise<Attempted>,
): Promise<Attempted> {
  let answer: Attempted = { kind: 'never', because: 'Nothing is known of it.' }
  for (const id of ids) {
    const one = await tell(id)
    if (one.kind === 'done' || (one.kind === 'again' && time <= PATIENT)) return one
    if (one.kind === 'again') answer = one
  }
  return answer
}
