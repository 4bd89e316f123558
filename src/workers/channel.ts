/** What the workers of one server tell each other, and what each of them is told at its beginning. */

/** Whatever one tells, all the others hear soon, in its order; who is not there yet, or no more, misses it. */
export interface Channel<News> {
  /** @param within milliseconds that it may wait for others to go with; missing: it goes at once. */
  tell(news: News, within?: number): void
  /** One for each channel. */
  hear(listener: (news: News) => void): void
}

export interface Workers {
  /** Of this one, from 1; whoever takes its place has it, too. */
  readonly number: number
  /** How many there are. */
  readonly count: number
  /** Another one of this server has just begun. Not so where this one takes the place of one that died. */
  readonly joins: boolean
  /** 32 secret bytes that all of them have, and that another start has others of. */
  readonly key: Uint8Array
  /** @param name stands for the shape of its news; each is opened once. */
  channel<News>(name: string): Channel<News>
}

/** One thing told, under the name of its channel. */
export type PieceOfNews = readonly [channel: string, news: unknown]

/** From a worker to the primary. */
export type FromWorker =
  | { readonly kind: 'hello' }
  /** A line for people. */
  | { readonly kind: 'says'; readonly line: string }
  | { readonly kind: 'serving' }
  /** For all others. */
  | { readonly kind: 'told'; readonly all: readonly PieceOfNews[] }

/** From the primary to a worker. */
export type FromPrimary =
  | ({ readonly kind: 'begin'; readonly key: string } & Pick<Workers, 'number' | 'count' | 'joins'>)
  | { readonly kind: 'stop'; readonly by: string }
  | Extract<FromWorker, { kind: 'told' }>
