/** Messages as e-mail, and what becomes of them. */
import type { Attempted } from '../participating/contracts/attempt.ts'
import type { InterworkReport } from '../participating/contracts/interworking.ts'
import { addressOf, cameBack, letterOf, type Letterhead } from './letter.ts'
import type { NonCpm } from './service.ts'
import { mail, type SmtpServer } from './smtp.ts'

export interface EmailRooms {
  readonly server: SmtpServer
  readonly head: Letterhead
  /** Reads the mailbox where delivery status notifications arrive; without it none is waited for. */
  readonly reports:
    | {
        start(take: (report: InterworkReport) => Promise<Attempted>): void
        close(): Promise<void>
      }
    | undefined
}

export function createEmail({ server, head, reports }: EmailRooms): NonCpm {
  return {
    async send(message, signal) {
      const to = addressOf(message.to)
      if (to === undefined) return { kind: 'never', because: `${message.to} is no e-mail address.` }
      if (cameBack(message, head)) return { kind: 'never', because: 'It has been an e-mail already.' }
      const letter = await letterOf(message, head)
      const mailed = await mail(server, { from: head.address, to, id: message.id }, letter, signal)
      if (mailed.kind !== 'done') return mailed
      return { kind: 'done', references: mailed.reports && reports !== undefined ? [message.id] : [] }
    },
    start: (take) => reports?.start(take),
    close: async () => reports?.close(),
  }
}
