/**
 * A document that is edited here and may be changed by others meanwhile. What is saved names the version that the
 * editing began with; where that is not the present one, both are shown and a person decides.
 */
import { ask, type Problem, type Reply } from './ask.ts'
import { useActs, type Acts } from './acts.ts'
import { useState } from './view.ts'

/** A version: its content as it was sent and received, and its entity tag; neither while there is no document. */
export interface Version<T> {
  readonly value: T | undefined
  readonly etag: string | undefined
}

export interface Conflict<T> {
  readonly mine: T
  readonly theirs: Version<T>
}

export interface Saving<T> {
  readonly acts: Acts
  readonly conflict: Conflict<T> | undefined
  /** @param base the entity tag that the editing began with; `undefined`: there was none. */
  save(value: T, base: string | undefined): Promise<Reply | undefined>
  /** Saves what was tried, over what others wrote. */
  insist(): Promise<Reply | undefined>
  /** Leaves what others wrote. */
  yield(): void
}

export interface Form<T> {
  readonly target: string
  readonly send: (value: T) => { readonly json: unknown } | { readonly text: { type: string; body: string } }
  readonly receive: (reply: Reply) => T
}

export function jsonForm<T>(target: string): Form<T> {
  return { target, send: (value) => ({ json: value }), receive: ({ json }) => json as T }
}

export function useSaving<T>({ target, send, receive }: Form<T>): Saving<T> {
  const acts = useActs()
  const [conflict, setConflict] = useState<Conflict<T> | undefined>(undefined)

  const save = async (value: T, base: string | undefined): Promise<Reply | undefined> => {
    let saved: Reply | undefined
    await acts.run(async (): Promise<Problem | undefined> => {
      const headers: Record<string, string> = base === undefined ? { 'if-none-match': '*' } : { 'if-match': base }
      const reply = await ask('PUT', target, { ...send(value), headers })
      if (reply.status !== 412) {
        if (reply.problem === undefined) saved = reply
        return reply.problem
      }
      const now = await ask('GET', target)
      if (now.problem !== undefined && now.status !== 404) return now.problem
      const theirs = { value: now.status === 404 ? undefined : receive(now), etag: now.etag }
      setConflict({ mine: value, theirs })
      return undefined
    })
    return saved
  }
  return {
    acts,
    conflict,
    save,
    async insist() {
      if (conflict === undefined) return undefined
      setConflict(undefined)
      return save(conflict.mine, conflict.theirs.etag)
    },
    yield: () => setConflict(undefined),
  }
}
