/** A value that several views show: whoever shows it is drawn again when it changes. */
import { useEffect, useState } from './view.ts'

export interface Held<T> {
  get(): T
  set(value: T): void
  /** Returns how to be told no more. */
  watch(changed: (value: T) => void): () => void
}

export function held<T>(first: T): Held<T> {
  let value = first
  const watchers = new Set<(value: T) => void>()
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return
      value = next
      for (const changed of [...watchers]) changed(next)
    },
    watch(changed) {
      watchers.add(changed)
      return () => void watchers.delete(changed)
    },
  }
}

export function useHeld<T>(of: Held<T>): T {
  const [value, set] = useState<T>(of.get())
  useEffect(() => {
    // Between the first drawing and this it may have changed.
    set(() => of.get())
    return of.watch((next) => set(() => next))
  }, [of])
  return value
}
