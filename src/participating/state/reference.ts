/** U1: the names under which a service reports of a message that it took. Each is a record, so the name finds it. */
import type { Instant } from '../../clock.ts'
import type { NewMessage } from '../../home/home.ts'
import type { Xui } from '../../names.ts'
import { digest } from './message-record.ts'

export interface Reference {
  readonly service: string
  readonly reference: string
  readonly message: string
}

/** What such a record says; nobody was offered it. */
export interface ReferenceRecord {
  readonly kind: 'reference'
  readonly message: string
  readonly offered: readonly []
}

export function referenceName(service: string, reference: string): string {
  return `reference ${service} ${reference}`
}

export function referenceRecord(owner: Xui, { service, reference, message }: Reference, sweepAt: Instant): NewMessage {
  const uniqueName = referenceName(service, reference)
  const value: ReferenceRecord = { kind: 'reference', message, offered: [] }
  return { id: digest(uniqueName), uniqueName, owner, value, sweepAt }
}
