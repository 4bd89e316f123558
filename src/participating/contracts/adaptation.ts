/** X10: what a device does not want or cannot take is converted for it. The original stays as it is. */

/** What one device takes, whether by its own word or by its profile's. */
export interface Taking {
  /** Media types and ranges; without a list everything. */
  readonly accepts: readonly string[] | undefined
  readonly maxBytes: number | undefined
  /** What does not fit is left out, and not made into something else. */
  readonly leavesOut?: true
}

export interface Content {
  readonly contentType: string
  readonly body: Uint8Array
}

/** What was done, in the order of the parts: `text/html to text/plain`, `image/png smaller`, `video/mp4 left out`. */
export interface Adapted extends Content {
  readonly converted: readonly string[]
}

export interface Adaptation {
  /** `undefined`: it cannot be made to fit, so the device is not applicable. @throws the reason of `signal` */
  adapt(content: Content, taking: Taking, signal: AbortSignal): Promise<Adapted | undefined>
}
