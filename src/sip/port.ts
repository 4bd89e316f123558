/**
 * SIP as the rest of this room sees it: requests that come in and are answered, requests that go out, dialogs. Behind
 * it are a library's parser and transactions, of which nothing shows here.
 */

/** A request from the core. Header values are the bytes of the wire as latin1 where they are not ASCII. */
export interface SipRequest {
  readonly method: string
  readonly uri: string
  readonly to: string
  readonly callId: string
  header(name: string): string | undefined
  headers(name: string): readonly string[]
  /** Inflated where the sender compressed it. */
  readonly body: Uint8Array
}

export interface SipBody {
  readonly type: string
  readonly bytes: Uint8Array
}

export interface SipAnswer {
  readonly status: number
  readonly reason?: string
  /** `Name: value`. */
  readonly headers?: readonly string[]
  readonly body?: SipBody
  /** For a 2xx to INVITE or SUBSCRIBE: what becomes of the dialog that it makes. Called before the answer goes out. */
  readonly accepted?: (dialog: SipDialog) => DialogOwner
}

/**
 * Refusals may be thrown (`Refused`): the one table says their status. `ringing` answers an INVITE with 180 for the
 * time being.
 */
export type SipHandler = (request: SipRequest, cancelled: AbortSignal, ringing: () => void) => Promise<SipAnswer>

/** What the owner of a dialog is told. */
export interface DialogOwner {
  /** Any request in the dialog but ACK. */
  request(request: SipRequest): Promise<SipAnswer>
}

export interface SipDialog {
  /** Sends a request in the dialog. Never rejects. */
  send(method: string, headers?: readonly string[], body?: SipBody): Promise<SipResponse>
  /** Nothing comes or goes any more. */
  forget(): void
}

export interface SipResponse {
  /** 408: nobody answered in time; 416: the target is no URI of SIP; 503: there is no connection to the core. */
  readonly status: number
  header(name: string): string | undefined
  headers(name: string): readonly string[]
  readonly body: Uint8Array
}

export interface OutgoingSip {
  readonly method: string
  readonly uri: string
  readonly from: string
  readonly to: string
  readonly headers?: readonly string[]
  readonly body?: SipBody
}

export interface Invited {
  readonly response: SipResponse
  /** There is one when the response is a 2xx; the ACK of an INVITE has gone out. */
  readonly dialog: SipDialog | undefined
}

export interface SipPort {
  /** Outside of any dialog, to the core. Never rejects. */
  send(request: OutgoingSip): Promise<SipResponse>
  /**
   * INVITE. The owner hears of what comes in the dialog. Aborting sends CANCEL. Never rejects.
   */
  open(request: OutgoingSip, owner: DialogOwner, abort?: AbortSignal): Promise<Invited>
  /** SUBSCRIBE. The owner hears of each NOTIFY, of the first one perhaps before this resolves. Never rejects. */
  subscribe(request: OutgoingSip, owner: DialogOwner): Promise<Invited>
  /** Our Contact for a user part. */
  contact(user: string): string
  /** Whether the core is connected. */
  isConnected(): boolean
  /** Called after each connect; returns how to stop. */
  onConnected(listener: () => void): () => void
}
