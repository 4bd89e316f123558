/** What the protocol works with: handed in by `assemble`. */
import type { Clock, Randomness } from '../clock.ts'
import type { Homes } from '../home/home.ts'
import type { Reservations } from '../home/reservations.ts'
import type { XmlLimits } from '../xml/limits.ts'
import type { ApplicationUsages } from './application-usage.ts'
import type { DocumentCache } from './document-cache.ts'
import type { TakenTexts } from './taken-texts.ts'

export interface XcapRooms {
  readonly homes: Homes
  /** Names unique across users. */
  readonly reservations: Reservations
  readonly usages: ApplicationUsages
  readonly documents: DocumentCache
  readonly taken: TakenTexts
  /** Domains that URIs of services may have, in lower case. */
  readonly serviceDomains: ReadonlySet<string>
  /** Whether somebody has an account under this name. */
  isUser(name: string): Promise<boolean>
  readonly clock: Clock
  readonly random: Randomness
  /** Whether GET of an attribute gives its value in quotes, as RFC 4825 prints it. */
  readonly attributeQuotes: boolean
  /** What old clients are let off, each by a setting. */
  readonly leniency: {
    /** A document without a media type, or with that of a form, is taken for one of its usage. */
    readonly contentType: boolean
    /** An entity tag without its quotes, or with two pairs of them, is understood. */
    readonly etags: boolean
  }
  readonly limits: {
    readonly xml: XmlLimits
    /** Documents of one home. */
    readonly documentsAtMost: number
    /** Bytes of all documents of one home together. */
    readonly bytesAtMost: number
  }
}
