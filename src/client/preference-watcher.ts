/**
 * The preferences of users, kept current: asked for once, then answered from memory, as the stream of changes says that
 * they still hold. What is known stays known while the server cannot be reached; how old it is, is said with it.
 */
import { openStream, readText, type Stream, type HeardEvent } from './event-source.ts'
import { createGet, type Get, type WatcherLogin } from './login.ts'
import { platform as here, type Platform } from './platform.ts'

export type PreferenceWatcherOptions = WatcherLogin & {
  /** Of the XDMS: `https://xdms.example.com`. */
  readonly url: string
  /** The path of its XCAP root; `/xcap-root` unless said otherwise. */
  readonly xcapRoot?: string
  /** In place of the browser's or Node's own. */
  readonly platform?: Platform
}

/** Something known, and since when. */
export interface Known<T> {
  readonly value: T
  /** Milliseconds since it was last known to hold. */
  readonly age: number
  /** False while the server cannot be reached. */
  readonly connected: boolean
}

export interface WatchedDocument {
  /** `org.cpm-xdms.do-not-disturb/users/sip:alice@example.com/index` */
  readonly document: string
  readonly etag: string
  readonly text: string
}

/** What the server answers to `GET /api/users/{xui}/preferences`. */
export type WatchedPreferences = Readonly<Record<string, unknown>>

/** What preferences are made of. */
const AUIDS = [
  'org.cpm-xdms.profiles',
  'org.cpm-xdms.active-profile',
  'org.cpm-xdms.do-not-disturb',
  'org.cpm-xdms.provider-policy',
  'resource-lists',
]
/** Milliseconds without a byte. Whoever decides on what is known does not wait longer for news of it. */
const ANSWER_WITHIN_MS = 1_000
const POLICY = 'org.cpm-xdms.provider-policy/global/index'

interface Answered<T> {
  readonly value: T
  /** From then on, in milliseconds, time alone has changed it. */
  readonly until: number
}

interface Entry<T> extends Answered<T> {
  /** What had been heard when it was asked for. */
  readonly heard: string
}

export class PreferenceWatcher {
  readonly #options: PreferenceWatcherOptions
  readonly #platform: Platform
  readonly #get: Get
  readonly #listeners = new Set<(xui: string | undefined) => void>()
  readonly #answers = new Map<string, Entry<WatchedPreferences>>()
  readonly #documents = new Map<string, Entry<readonly WatchedDocument[]>>()
  /** How often something was heard of a user, or of everybody (the empty name). */
  readonly #heard = new Map<string, number>()
  readonly #asking = new Map<string, Promise<unknown>>()
  #stream: Stream | undefined
  #connected = false

  constructor(options: PreferenceWatcherOptions) {
    this.#options = options
    this.#platform = options.platform ?? here
    this.#get = createGet(options.url, options, this.#platform)
  }

  /**
   * Resolves when changes are watched. Until the server can be reached for the first time it is tried again and
   * again. @param signal gives up
   */
  start(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
      this.#stream ??= openStream({
        get: this.#get,
        platform: this.#platform,
        target: '/api/changes',
        opened: (resumed) => {
          this.#connected = true
          // Without an id to go on behind, anything may have happened since.
          if (!resumed) this.#hear('')
          resolve()
        },
        came: (event) => this.#came(event),
        lost: ({ status, error }) => {
          this.#connected = false
          if (status === 401 || status === 403) reject(error as Error)
        },
      })
    })
  }

  stop(): void {
    this.#stream?.close()
    this.#stream = undefined
    this.#connected = false
  }

  get connected(): boolean {
    return this.#connected
  }

  /** @param listener is told whose preferences changed; `undefined`: anybody's may have. Returns how to stop. */
  onChange(listener: (xui: string | undefined) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** The preferences in force. @returns `undefined` where nothing is known and the server cannot be asked. */
  preferences(xui: string, device?: string): Promise<Known<WatchedPreferences> | undefined> {
    const query = device === undefined ? '' : `?device=${encodeURIComponent(device)}`
    const target = `/api/users/${encodeURIComponent(xui)}/preferences${query}`
    return this.#known(this.#answers, xui, target, async () => {
      const answer = await this.#json(target)
      const next = typeof answer['next'] === 'string' ? Date.parse(answer['next']) : Infinity
      return { value: answer, until: next }
    })
  }

  /**
   * The documents that a user's preferences are made of, with the provider's policy; as text, for whoever judges by
   * himself.
   */
  documents(xui: string): Promise<Known<readonly WatchedDocument[]> | undefined> {
    const ask = async (): Promise<Answered<readonly WatchedDocument[]>> => ({
      value: await this.#readDocuments(xui),
      until: Infinity,
    })
    return this.#known(this.#documents, xui, xui, ask)
  }

  async #known<T>(
    all: Map<string, Entry<T>>,
    xui: string,
    key: string,
    ask: () => Promise<Answered<T>>,
  ): Promise<Known<T> | undefined> {
    for (;;) {
      const entry = all.get(key)
      const heard = this.#heardOf(xui)
      const holds = entry?.heard === heard && this.#platform.now() < entry.until
      if (entry !== undefined && (holds || !this.#connected)) return this.#told(entry.value)
      try {
        all.set(key, { ...(await this.#once(key, heard, ask)), heard })
      } catch {
        // It cannot be asked now: what was known last is all there is.
        return entry && this.#told(entry.value)
      }
      // Was something heard meanwhile, what came may be from before.
      if (this.#heardOf(xui) === heard) {
        const { value } = all.get(key) as Entry<T>
        return this.#told(value)
      }
    }
  }

  /** Many who ask for the same at once are one question. */
  #once<T>(key: string, heard: string, ask: () => Promise<Answered<T>>): Promise<Answered<T>> {
    const question = `${heard} ${key}`
    const asked = (this.#asking.get(question) as Promise<Answered<T>> | undefined) ?? ask()
    this.#asking.set(question, asked)
    return asked.finally(() => this.#asking.delete(question))
  }

  #told<T>(value: T): Known<T> {
    const heard = this.#stream?.heard ?? 0
    return { value, age: Math.max(0, this.#platform.now() - heard), connected: this.#connected }
  }

  async #readDocuments(xui: string): Promise<readonly WatchedDocument[]> {
    const { documents } = (await this.#json(`/api/users/${encodeURIComponent(xui)}/documents`)) as {
      readonly documents: readonly { readonly auid: string; readonly document: string }[]
    }
    const wanted = documents.filter(({ auid }) => AUIDS.includes(auid)).map(({ document }) => document)
    const read = await Promise.all([...wanted, POLICY].map((document) => this.#readDocument(document)))
    return read.filter((document) => document !== undefined)
  }

  async #readDocument(document: string): Promise<WatchedDocument | undefined> {
    const root = this.#options.xcapRoot ?? '/xcap-root'
    const { response, text } = await this.#ask(`${root}/${document.split('/').map(encodeURIComponent).join('/')}`)
    if (response.status === 404) return undefined
    if (!response.ok) throw new Error(`the server answered ${response.status}`)
    const etag = (response.headers.get('etag') ?? '').replace(/^"|"$/g, '')
    return { document, etag, text }
  }

  async #json(target: string): Promise<Readonly<Record<string, unknown>>> {
    const { response, text } = await this.#ask(target)
    if (!response.ok) throw new Error(`the server answered ${response.status}`)
    return JSON.parse(text) as Readonly<Record<string, unknown>>
  }

  /** A server that stalls, before its answer or within, is given up. */
  async #ask(target: string): Promise<{ readonly response: Response; readonly text: string }> {
    const late = new AbortController()
    let callOff = (): void => {}
    const alive = (): void => {
      callOff()
      callOff = this.#platform.after(ANSWER_WITHIN_MS, () => late.abort(new Error('no answer in time')))
    }
    alive()
    try {
      const response = await this.#get(target, { signal: late.signal })
      let text = ''
      if (response.body !== null) await readText(response.body, (piece) => (alive(), (text += piece)))
      return { response, text }
    } finally {
      callOff()
    }
  }

  #heardOf(xui: string): string {
    return `${this.#heard.get(xui) ?? 0} ${this.#heard.get('') ?? 0}`
  }

  #came({ event, data }: HeardEvent): void {
    // A report and a stored message change no preferences.
    if (event === 'report' || event === 'stored') return
    const { user, document } = data as { readonly user?: string; readonly document?: string }
    if (event === 'resync') this.#hear('')
    else if (user !== undefined) this.#hear(user)
    // Of the global tree only the policy is part of preferences.
    else if (document === POLICY) this.#hear('')
  }

  #hear(xui: string): void {
    this.#heard.set(xui, (this.#heard.get(xui) ?? 0) + 1)
    for (const listener of this.#listeners) listener(xui === '' ? undefined : xui)
  }
}
