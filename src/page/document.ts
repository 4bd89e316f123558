/**
 * A document that is edited here and may be changed by others meanwhile. What is saved names the version that the
 * editing began with; where that is not the present one, both are shown and a person decides.
 */
import { ask, replacing, type Problem, type Reply } from './ask.ts'
import { useActs, type Acts } from './acts.ts'
import type { Resource } from './resource.ts'
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

function useSaving<T>({ target, send, receive }: Form<T>): Saving<T> {
  const acts = useActs()
  const [conflict, setConflict] = useState<Conflict<T> | undefined>(undefined)

  const save = async (value: T, base: string | undefined): Promise<Reply | undefined> => {
    let saved: Reply | undefined
    await acts.run(async (): Promise<Problem | undefined> => {
      const reply = await ask('PUT', target, { ...send(value), headers: replacing(base) })
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

export interface Editing<T> {
  readonly saving: Saving<T>
  /** As it was edited, else as it is stored. */
  readonly now: T
  readonly isEdited: boolean
  /** Others wrote since the editing began. */
  readonly isBehind: boolean
  edit(to: (now: T) => T): void
  save(): Promise<void>
  undo(): void
  /**
   * What was edited is done with: it was saved, or what is stored stays. What was edited since `sent` was sent stays.
   */
  settled(saved?: Reply, sent?: T): void
}

/** @param stored what is shown while nobody edits. */
export function useEditing<T>(
  form: Form<T>,
  stored: { readonly value: T; readonly etag: string | undefined },
  done: (saved?: Reply) => void,
): Editing<T> {
  const saving = useSaving(form)
  // With the entity tag that the editing began with: others may write meanwhile.
  const [edited, setEdited] = useState<{ readonly value: T; readonly base: string | undefined } | undefined>(undefined)
  const { value: now, base } = edited ?? { value: stored.value, base: stored.etag }
  const settled = (saved?: Reply, sent?: T): void => {
    // 1. It is sent. 2. Something is typed. 3. The answer comes: what was typed is an edit of what was saved.
    const isSince = (value: T): boolean => saved !== undefined && sent !== undefined && value !== sent
    setEdited((before) =>
      before !== undefined && isSince(before.value) ? { value: before.value, base: saved?.etag } : undefined,
    )
    done(saved)
  }
  return {
    saving,
    now,
    isEdited: edited !== undefined,
    isBehind: base !== stored.etag,
    edit: (to) =>
      setEdited((before) => ({
        value: to(before?.value ?? stored.value),
        base: before === undefined ? stored.etag : before.base,
      })),
    async save() {
      const saved = await saving.save(now, base)
      if (saved !== undefined) settled(saved, now)
    },
    undo() {
      saving.acts.clear()
      setEdited(undefined)
    },
    settled,
  }
}

/** The same for what is read as JSON and written back as JSON. */
export function useJsonEditing<T>(target: string, value: T, stored: Resource<T>): Editing<T> {
  const form: Form<T> = { target, send: (json) => ({ json }), receive: ({ json }) => json as T }
  const etag = stored.kind === 'there' ? stored.etag : undefined
  return useEditing(form, { value, etag }, (saved) => {
    if (saved !== undefined) stored.put(saved.json as T, saved.etag)
    void stored.reload()
  })
}
