/** A device, as it registers and as it is shown. */

/** What a device says of itself when it registers, and what is known of it. */
export interface RegistrationRequest {
  /** Seconds; a default is a setting. */
  readonly expiresIn: number | undefined
  readonly accepts: readonly string[] | undefined
  readonly maxBytes: number | undefined
  readonly connectivity: string | undefined
  /** Where requests of SIP for it go, if it registered with the core. Missing: as it was. */
  readonly contact?: string
  /** Where it is told out of band that something waits. Missing: as it was. */
  readonly push?: NewPushAddress | 'none'
}

/** A push address without the secret of a webhook, which is made here. */
export type NewPushAddress =
  | { readonly kind: 'web-push'; readonly endpoint: string; readonly p256dh: string; readonly auth: string }
  | { readonly kind: 'webhook'; readonly url: string }

export interface RegistrationView {
  readonly device: string
  readonly accepts?: readonly string[]
  readonly maxBytes?: number
  readonly connectivity?: string
  /** It registered with the SIP core, which reaches it there. */
  readonly via?: 'sip'
  readonly contact?: string
  readonly began: string
  readonly expires: string
  /** False once `expires` has passed: the device is known, not registered. */
  readonly registered: boolean
  /** What its webhook is signed with: once, in the answer that makes it. The address itself is never given back. */
  readonly pushSecret?: string
}
