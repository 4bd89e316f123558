/** D5: what a device is told of messages that wait for its user; whoever carries it says it in his own way. */

export type NoticedMessage = {
  readonly id: string
  readonly messageId: string
  /** `sip:anonymous@anonymous.invalid` where the sender asked for privacy. */
  readonly from: string
  readonly subject?: string
  readonly contentType: string
  /** RFC 3339, as `expires`. */
  readonly sent: string
  readonly size: number
  readonly expires: string
}

/** Told once for each message, device and quiet period (U14). It is not acknowledged. */
export type Notice = {
  readonly messages: readonly NoticedMessage[]
  /** How many wait beside those named. */
  readonly more: number
}
