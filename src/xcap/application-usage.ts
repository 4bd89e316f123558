/**
 * What the protocol needs to know of an application usage (RFC 4825 §5). The rooms above implement it (`usage/`); this
 * room only asks.
 */
import type { DocumentSelector, Auid, Etag, Owner } from '../names.ts'
import type { Home } from '../home/home.ts'
import type { InSteps } from '../rounds.ts'
import type { Replaced } from '../xml/replace.ts'
import type { TextDocument } from '../xml/read-document.ts'
import type { XmlDocument } from '../xml/tree.ts'

/** What a constraint may look at: the home as it would be without this write, and the other documents in it. */
export interface Surroundings {
  readonly home: Home
  /** Another document of the same home, parsed; `undefined` when there is none. */
  document(auid: Auid, name: string): Promise<TextDocument | undefined>
}

export interface ApplicationUsage {
  readonly auid: Auid
  /** RFC 4825 §5.9. */
  readonly mediaType: string
  /** RFC 4825 §5.2; `undefined`: none. */
  readonly defaultNamespace: string | undefined
  /** Which trees it has documents in. */
  readonly trees: readonly ('users' | 'global')[]
  /**
   * RFC 4825 §6.2: sub-directories of a user's home directory that are always there, as in `photos/2026`; missing:
   * none.
   */
  readonly directories?: readonly string[]
  /** The largest document, in bytes. */
  readonly bytesAtMost: number
  /**
   * Who must be told inside: `always`, a document of this usage means something to somebody by itself; `waiting`, only
   * to what waits in that home; `never`.
   */
  readonly wakes: 'always' | 'waiting' | 'never'
  /**
   * RFC 4825 §5.7. `owner`, the default policy: his own documents, and the global ones everybody who is authenticated.
   * `everybody`: all of them, everybody who is. `trusted`: his own, and the global ones only who may read any user's.
   */
  readonly readableBy: 'owner' | 'everybody' | 'trusted'
  /**
   * RFC 4825 §8.2.5 on a document about to be stored: schema, then uniqueness, then the other constraints.
   * Throws `Refused` with `schema-validation-error`, `uniqueness-failure` or `constraint-failure`.
   * @param replaced where the document is one that was checked at this place, but for one element, or but for nothing:
   * what cannot be another is not looked at again.
   */
  check(
    selector: DocumentSelector,
    document: XmlDocument,
    surroundings: Surroundings,
    replaced?: Replaced | 'nothing',
  ): Promise<void>
  /**
   * Names in a document that no other user's may have, with their places; it has passed `check`. Missing: the usage has
   * none.
   */
  reserves?(document: XmlDocument): readonly NameToReserve[]
  /** Whether a document may go. Throws `Refused` with `constraint-failure`. */
  checkRemoval(selector: DocumentSelector, surroundings: Surroundings): Promise<void>
  /** Does now, one thing in a round of the event loop, what the first document would wait for otherwise. */
  readonly prepare?: () => InSteps<void>
  /** Documents that the server makes by itself (`xcap-caps/global/index`); they take neither PUT nor DELETE. */
  readonly computed?: ComputedDocuments
}

export interface NameToReserve {
  readonly name: string
  /** A SIP URI in its canonical form: of a domain of this server, and no user's address. */
  readonly serviceUri: boolean
  /** As in `Clash`. */
  readonly field: string
  /** Names instead of it that its document does not have. */
  readonly alternatives: () => readonly string[]
}

export interface ComputedDocuments {
  has(selector: DocumentSelector): boolean
  /** @param selector one that it has. */
  make(selector: DocumentSelector, sources: Sources): Promise<ComputedDocument> | ComputedDocument
}

/** What a computed document may be made of. */
export interface Sources {
  /** The path of the XCAP root that was asked, without a slash at its end. */
  readonly root: string
  home(owner: Owner): Promise<Home>
  /** Everybody who has reserved a name of the usage, in the order of the owners; some of them in vain. */
  reservers(auid: Auid): AsyncIterable<Owner>
  /** A document, parsed; `undefined` when there is none. */
  document(owner: Owner, auid: Auid, name: string): Promise<XmlDocument | undefined>
}

export interface ComputedDocument {
  readonly bytes: Uint8Array
  readonly etag: Etag
}

export interface ApplicationUsages {
  find(auid: string): ApplicationUsage | undefined
  all(): readonly ApplicationUsage[]
}
