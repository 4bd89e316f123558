/**
 * The participating function (PF), as the rooms above call it: it takes messages, decides (B §5.2.2.1.3), keeps what is
 * deferred (B §5.2.2.2), and lets it go at the right moment. Every promise here resolves only after what it says is
 * durable.
 */
import type { Principal } from '../access/account.ts'
import type { Instant } from '../clock.ts'
import type { MessagePlace } from '../home/home.ts'
import type { Xui } from '../names.ts'
import type { Unsaved } from '../preferences/unsaved.ts'
import type { Disposition, InboxEvent, InboxSink, ReportKind } from './contracts/inbox.ts'
import type { RegistrationRequest, RegistrationView } from './registration.ts'

/** `POST /api/messages`, read and checked for its form: `contentType` has a valid media type, `body` is decoded. */
export interface Submission {
  readonly messageId: string | undefined
  /** Who asks, where the request does not say. A user or an administrator sends only as himself. */
  readonly from: string | undefined
  readonly to: Xui
  readonly subject: string | undefined
  readonly contentType: string
  readonly body: Uint8Array
  readonly expires: Instant | undefined
  readonly reports: readonly ReportKind[]
  readonly privacy: boolean
  readonly conversation: string | undefined
  readonly group: string | undefined
  readonly file: boolean
}

export type EndState = 'delivered' | 'stored' | 'interworked' | 'forwarded' | 'handed-over' | 'discarded' | 'failed'
export type MessageState = 'deferred' | 'delivering' | EndState

export type WaitingReason =
  | 'preference'
  | 'do-not-disturb'
  | 'no-applicable-device'
  | 'not-reached'
  | 'not-acknowledged'
export type Release = 'do-not-disturb-off' | 'registration' | 'inbox' | 'preference-change' | 'user-action' | 'time'

/** What the sender, a user, may know. */
export interface MessageForSender {
  readonly id: string
  readonly messageId: string
  readonly state: 'accepted' | EndState
}

/** What the recipient, participating functions and administrators may know. Instants are RFC 3339 text. */
export interface MessageForOthers {
  readonly id: string
  readonly messageId: string
  /** `sip:anonymous@anonymous.invalid` where the sender asked for privacy. */
  readonly from: string
  readonly to: string
  /** Whom it was for before: each of them had it forwarded (U11). */
  readonly forwardedFor?: readonly string[]
  readonly subject?: string
  readonly contentType: string
  readonly size: number
  readonly received: string
  readonly expires: string
  readonly state: MessageState
  readonly reason?: WaitingReason
  readonly releasedBy?: readonly Release[]
  readonly next?: string
  /** `note`: the reason of the administrator who took it away. */
  readonly ended?: { readonly at: string; readonly because?: string; readonly note?: string }
  readonly reports: readonly {
    readonly id: string
    readonly disposition: Disposition
    readonly because?: string
    readonly at: string
  }[]
}

/** What an operator looks for; what is missing is anything. `from` as it is shown. */
export interface MessageQuery {
  readonly messageId?: string
  readonly from?: string
  readonly to?: Xui
  readonly state?: MessageState
  readonly reason?: WaitingReason
}

export interface FoundMessages {
  readonly messages: readonly MessageForOthers[]
  /** Where the next request goes on; missing: there are no more. */
  readonly next?: string
}

export type MessageView = MessageForSender | MessageForOthers

export type SessionMedium = 'audio' | 'video' | 'text' | 'image' | 'application' | 'message'
export type MediumAnswer = 'accept' | 'reject' | 'ask'

/** Somebody invites a user to a session. */
export interface Invitation {
  readonly from: string
  readonly privacy: boolean
  readonly media: readonly SessionMedium[]
  /** It belongs to a conversation. */
  readonly conversation: boolean
}

/** X13, for whoever carries the medium: the first of the exceptions that has its type decides, else `recorded`. */
export interface MediumRecording {
  readonly recorded: boolean
  readonly exceptions?: readonly { readonly contentType: string; readonly store: boolean }[]
}

export interface MediumDecision extends MediumRecording {
  readonly type: SessionMedium
  readonly answer: MediumAnswer
}

/** What his preferences say to that now (X12, X13). */
export interface InvitationDecision {
  readonly answer: MediumAnswer | 'interwork'
  readonly media: readonly MediumDecision[]
  /** Something of it goes to the message store by itself. */
  readonly recorded: boolean
  /** Those that may be invited. */
  readonly devices: readonly string[]
  readonly reason: 'preference' | 'do-not-disturb' | 'no-applicable-device'
}

/** A message that might come. */
export interface MessageInQuestion {
  readonly from: string
  readonly contentType: string
  /** Bytes. */
  readonly size: number
  /** Looked at for its parts; may be empty where only the type and the size are known. */
  readonly body: Uint8Array
  readonly privacy: boolean
  readonly group: boolean
  readonly file: boolean
  readonly conversation: boolean
}

type GetsOrNot = 'applicable' | 'not-registered' | 'not-listed' | 'does-not-accept' | 'too-large'

export interface DeviceExplanation {
  readonly device: string
  readonly gets: boolean
  readonly because: GetsOrNot | 'do-not-disturb' | 'preference'
  /** What is done to it for the device; missing: nothing. */
  readonly converted?: readonly string[]
}

/** What would happen to it, and why. */
export interface MessageExplanation {
  readonly outcome: 'deliver' | 'defer' | 'reject' | 'forward' | 'store' | 'interwork' | 'discard'
  readonly reason?: 'preference' | 'do-not-disturb' | 'no-applicable-device'
  /** Of `forward`. */
  readonly to?: string
  /** The id of the rule that says so. */
  readonly rule?: string
  readonly profileId?: string
  /** Every known device. */
  readonly devices: readonly DeviceExplanation[]
  readonly recorded: boolean
  readonly mode?: 'notify' | 'push' | 'hand-over'
  readonly until?: string
  readonly then?: 'discard' | 'store' | 'extend'
}

/** Counts since the start, but for the first two. */
export interface ParticipatingFigures {
  readonly openInboxes: number
  /** Claimed work that is under way here. */
  readonly working: number
  readonly reconsidered: number
  readonly released: number
  readonly accepted: number
  readonly ended: Readonly<Record<EndState, number>>
}

/** What a user does with a message that waits for him (D7, D8). */
export type RetrievalAction = 'retrieve' | 'interwork' | 'discard' | 'store' | 'keep'

export interface MessageAction {
  readonly id: string
  readonly action: RetrievalAction
}

/** Some of what waits, each once, or the same for all that waits now. */
export type RetrievalRequest =
  | { readonly kind: 'some'; readonly actions: readonly MessageAction[] }
  | { readonly kind: 'all'; readonly action: RetrievalAction }

/** What became of one action. `unknown`: there is no such message of his. */
export interface ActionOutcome extends MessageAction {
  readonly outcome: 'done' | 'already-done' | 'unknown' | 'refused'
  /** Of the message, where there is one. */
  readonly state?: MessageState
  /** Why it was refused. */
  readonly because?: string
}

/** What is said to that: a message is acknowledged by `received`, an action is committed, a retrieval acknowledged. */
export type RetrievalEvent =
  | InboxEvent
  | { readonly event: 'action'; readonly data: ActionOutcome }
  /** `left`: messages that still wait for him, and are not on their way elsewhere. */
  | { readonly event: 'end'; readonly data: { readonly done: number; readonly left: number } }

export interface Participating {
  /**
   * Refuses with `rejected-by-preferences`, `unknown-user`, `over-quota`, `conflict` (the message id has
   * other content), `forbidden` (a user who sends as somebody else).
   */
  accept(by: Principal, submission: Submission): Promise<MessageView>
  /** `undefined`: for this principal the message does not exist. */
  message(by: Principal, id: string): Promise<MessageView | undefined>
  /** What waits, oldest first. */
  deferred(owner: Xui): Promise<readonly MessageForOthers[]>
  /**
   * What waits before what has ended, in the order of recipients; of participating functions what they brought. Fewer
   * than `limit`, even none, with a `next`: there was much to look through. Refuses with `bad-request`.
   */
  find(by: Principal, query: MessageQuery, after: string | undefined, limit: number): Promise<FoundMessages>

  /** `at` missing: now. `unsaved` counts in place of what is saved; nothing is stored. */
  explanation(owner: Xui, message: MessageInQuestion, at?: Instant, unsaved?: Unsaved): Promise<MessageExplanation>
  invitation(owner: Xui, invitation: Invitation, unsaved?: Unsaved): Promise<InvitationDecision>
  /** One piece of what waits, behind `after`; without a `next` there is no more. `oldest`: when it was received. */
  countWaiting(after: MessagePlace | undefined): Promise<{
    readonly counts: ReadonlyMap<WaitingReason | 'delivering', number>
    readonly oldest: Instant | undefined
    readonly next: MessagePlace | undefined
  }>

  registrations(owner: Xui): Promise<readonly RegistrationView[]>
  register(
    owner: Xui,
    device: string,
    request: RegistrationRequest,
  ): Promise<{ readonly kind: 'created' | 'refreshed'; readonly registration: RegistrationView }>
  /** False: the device was not known. */
  unregister(owner: Xui, device: string): Promise<boolean>

  /**
   * Refuses with `not-registered`. Returns how the far end says that it has gone. The last inbox opened for a device is
   * the one: another is ended, at whichever server it is open.
   */
  openInbox(owner: Xui, device: string, sink: InboxSink): Promise<() => void>
  /** Whether the device has an inbox at this server: whoever would only step in for another leaves it alone. */
  hasInbox(owner: Xui, device: string): boolean
  /** The device has the message or report. False: it was never offered to it. */
  received(owner: Xui, device: string, id: string): Promise<boolean>
  /** It was refused, or nobody answered in time. Without `id` all that is out to the device, whose inbox is closed. */
  giveBack(owner: Xui, device: string, id?: string): Promise<void>
  /** U5: it was read there, and so received. A sender who asked for that is told, once. False as above. */
  displayed(owner: Xui, device: string, id: string): Promise<boolean>
  /** U5: the same of what somebody sent him and he has, by the sender's id. False: nothing is known of it. */
  read(owner: Xui, sender: string, messageId: string): Promise<boolean>

  /**
   * D7: what the user asks of what waits for him, at the far end's pace, up to `end`. What was not acknowledged waits
   * on. Refuses with `not-registered`, `not-of-the-format` (a message is named twice). `signal`: he has gone.
   */
  retrieve(
    owner: Xui,
    device: string,
    request: RetrievalRequest,
    signal: AbortSignal,
  ): Promise<AsyncIterable<RetrievalEvent>>

  /**
   * The recipient wants it no more, or an administrator takes it away (`note`: why): it ends as `discarded`. Says whose
   * it was. Refuses with `not-found` for anybody else, and with `ended`.
   */
  drop(by: Principal, id: string, note?: string): Promise<Xui>
  /**
   * Let it go to whoever may have it. Do-not-disturb holds unless the recipient says `evenIfQuiet`. Refuses with
   * `not-found`, `forbidden`, `ended`, `conflict`.
   */
  release(by: Principal, id: string, evenIfQuiet: boolean): Promise<MessageForOthers>

  /** The account is gone: what waits ends as `failed`, with reports; registrations and inboxes end. */
  removeUser(owner: Xui): Promise<void>
  /** Takes up what the last run left, and follows commits and the clock from then on. */
  start(): Promise<void>
  /** Ends the inboxes and stops; resolves when nothing is in flight. */
  stop(): Promise<void>
  /** What `/metrics` shows. */
  figures(): ParticipatingFigures
}
