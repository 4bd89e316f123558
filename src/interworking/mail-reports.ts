/** Watches the mailbox where delivery status notifications arrive. What is unread there is still to be looked at. */
import { createAlarm, type Clock } from '../clock.ts'
import { oneAtATime } from '../queue.ts'
import { connectImap, type ImapAccount, type ImapFlow } from '../imap/connect.ts'
import type { Attempted } from '../participating/contracts/attempt.ts'
import type { InterworkReport } from '../participating/contracts/interworking.ts'
import { deliveryReport } from './delivery-status.ts'
import type { Letterhead } from './letter.ts'
import { saidBy, type InterworkingLog } from './service.ts'

export interface MailReportRooms {
  readonly account: ImapAccount
  readonly head: Letterhead
  readonly clock: Clock
  readonly log: InterworkingLog
}

type Take = (report: InterworkReport) => Promise<Attempted>

/** How often it is looked at although the server said nothing; also how long a server that is down is left alone. */
const LOOK_EVERY_MS = 30_000
/** A report with the header of what it is about; larger mail is none. */
const MAIL_AT_MOST = 1_048_576

export function createMailReports(rooms: MailReportRooms): { start(take: Take): void; close(): Promise<void> } {
  let client: ImapFlow | undefined
  let take: Take | undefined
  const alarm = createAlarm(rooms.clock, () => void look())

  const look = oneAtATime(async () => {
    if (take === undefined) return
    try {
      await once(take)
    } catch (error) {
      client?.close()
      client = undefined
      rooms.log.warn({ because: saidBy(error) }, 'the mailbox of delivery reports cannot be read; it is tried again')
    }
    if (take !== undefined) alarm.set(rooms.clock.now() + LOOK_EVERY_MS)
  })

  const once = async (taking: Take): Promise<void> => {
    if (client?.usable !== true) {
      client = await connectImap(rooms.account)
      client.on('exists', () => void look())
      await client.mailboxOpen('INBOX')
    }
    await readUnread(client, rooms, taking)
  }

  return {
    start(taking) {
      take = taking
      void look()
    },
    async close() {
      take = undefined
      alarm.callOff()
      client?.close()
      // Nobody takes any more, so this waits for the one that runs, and no more.
      await look()
      client?.close()
    },
  }
}

async function readUnread(client: ImapFlow, { head, clock }: MailReportRooms, take: Take): Promise<void> {
  const unread = (await client.search({ seen: false }, { uid: true })) || []
  for (const uid of unread) {
    const mail = await client.fetchOne(String(uid), { size: true }, { uid: true })
    if (mail === false) continue
    if ((mail.size ?? 0) <= MAIL_AT_MOST && !(await taken(client, uid, head, clock.now(), take))) continue
    await client.messageFlagsAdd(String(uid), ['\\Seen'], { uid: true })
  }
}

/** False: who was told could not keep it, so it stays unread. */
async function taken(client: ImapFlow, uid: number, head: Letterhead, now: number, take: Take): Promise<boolean> {
  const mail = await client.fetchOne(String(uid), { source: true }, { uid: true })
  const report = mail === false || mail.source === undefined ? undefined : deliveryReport(mail.source, head, now)
  return report === undefined || (await take(report)).kind !== 'again'
}
