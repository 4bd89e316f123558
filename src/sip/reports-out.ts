/**
 * Reports to senders of other domains (D13, A C.3.1.1.3): an IMDN through the core, again under one id until the
 * sender's side has answered. What is to be told stands in the journal; how far that was read, and what was not
 * acknowledged yet, lies in a home of this side's own, so no restart loses or forgets a report. One server at a time
 * does this, under a lease; two at once would tell the same id twice, and that is one report.
 */
import { createAlarm, type Clock, type Randomness } from '../clock.ts'
import { CPIM_TYPE } from '../cpim/cpim.ts'
import type { Homes } from '../home/home.ts'
import { createLease, type Leases } from '../home/leases.ts'
import type { Xui } from '../names.ts'
import type { Changes } from '../notify/watch.ts'
import type { SipLog } from './connection.ts'
import { answerOfStatus } from './message-out.ts'
import { reportContent } from './outgoing-content.ts'
import type { SipPort } from './port.ts'
import { changeProgress, pendingOf, readProgress, withRead, withTold, type Pending } from './report-progress.ts'

interface ReportsOutRooms {
  readonly port: Pick<SipPort, 'send' | 'isConnected'>
  readonly homes: Homes
  readonly leases: Leases
  readonly changes: Changes
  readonly ownName: Xui
  readonly leaseFor: number
  readonly clock: Clock
  readonly random: Randomness
  readonly log: SipLog
}

export interface ReportsOut {
  start(): void
  stop(): void
}

export function createReportsOut(rooms: ReportsOutRooms): ReportsOut {
  const { clock, log } = rooms
  const lease = createLease({ ...rooms }, 'sip-reports')
  const stopping = new AbortController()
  let reading: AbortController | undefined
  let isBusy = false

  const read = (): void => {
    if (reading !== undefined) return
    const mine = new AbortController()
    reading = mine
    void readJournal(rooms, mine.signal, () => alarm.set(clock.now()))
      .catch((error: unknown) => log.warn({ err: error }, 'reports for other domains could not be read; again soon'))
      .finally(() => {
        if (reading === mine) reading = undefined
      })
  }
  const leaveReading = (): void => {
    reading?.abort()
    reading = undefined
  }
  const turn = async (): Promise<void> => {
    if (isBusy || stopping.signal.aborted) return
    isBusy = true
    try {
      if ((await lease.hold()) === undefined) leaveReading()
      else {
        read()
        await tellAll(rooms, stopping.signal)
      }
    } catch (error) {
      log.warn({ err: error }, 'reports for other domains could not be told; they are told later')
    } finally {
      isBusy = false
      if (!stopping.signal.aborted) alarm.set(clock.now() + rooms.leaseFor / 4)
    }
  }
  const alarm = createAlarm(clock, () => void turn())

  return {
    start: () => alarm.set(clock.now()),
    stop() {
      stopping.abort()
      leaveReading()
      alarm.callOff()
    },
  }
}

async function readJournal(
  { homes, ownName, changes, clock }: ReportsOutRooms,
  signal: AbortSignal,
  wasRead: () => void,
): Promise<void> {
  const { after } = await readProgress(homes, ownName)
  const view = { targets: [], form: 'json', diff: 'etags', root: '/' } as const
  for await (const step of await changes.watch({ xui: ownName, owner: undefined, view }, after, signal)) {
    const events = step.kind === 'events' ? step.events : []
    const made = events.flatMap(({ record, owner }) =>
      record.kind === 'report' && record.audience === ownName ? (pendingOf(record, owner, clock.now()) ?? []) : [],
    )
    const id = step.kind === 'events' ? events.at(-1)?.id : step.id
    if (id === undefined) continue
    await changeProgress(homes, ownName, (progress) => withRead(progress, id, made))
    wasRead()
  }
}

async function tellAll(rooms: ReportsOutRooms, stopping: AbortSignal): Promise<void> {
  const { homes, ownName, clock, port } = rooms
  const { pending } = await readProgress(homes, ownName)
  for (const one of pending.filter(({ due }) => due <= clock.now())) {
    if (stopping.aborted || !port.isConnected()) return
    const isDone = await tell(rooms, one)
    await changeProgress(homes, ownName, (progress) => withTold(progress, one, isDone, clock.now()))
  }
}

/** @returns whether it is told, or never will be. */
async function tell({ port, ownName }: ReportsOutRooms, one: Pending): Promise<boolean> {
  const { sender, recipient } = one
  const { cpim } = reportContent(one, sender, ownName)
  const response = await port.send({
    method: 'MESSAGE',
    uri: sender,
    from: recipient,
    to: sender,
    headers: [`P-Asserted-Identity: <${recipient}>`],
    body: { type: CPIM_TYPE, bytes: cpim },
  })
  return answerOfStatus(response.status) !== 'not-now'
}
