/**
 * What the client library takes from where it runs: a browser has all of it, and so has Node. It imports nothing of
 * the server.
 */
export interface Platform {
  readonly fetch: typeof fetch
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number
  /** Calls `run` once, after so many milliseconds. Returns how to call it off. */
  after(milliseconds: number, run: () => void): () => void
  /** `count` unpredictable bytes. */
  random(count: number): Uint8Array
  sha256(text: string): Promise<string>
}

export const platform: Platform = {
  fetch: (...asked) => globalThis.fetch(...asked),
  now: () => Date.now(),
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds)
    return () => clearTimeout(timer)
  },
  random: (count) => globalThis.crypto.getRandomValues(new Uint8Array(count)),
  async sha256(text) {
    return hex(new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))))
  },
}

export function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
