/** A list of rows to which one is added. */
import { useEffect, useRef, type RefObject } from '../view.ts'

/**
 * Whoever adds a row goes on in it.
 * @param count how many rows there are.
 * @param field a selector of what in the row has the focus then, where it comes first.
 * @returns for what is around the rows.
 */
export function useAddedRow<T extends HTMLElement>(count: number, field: string): RefObject<T | null> {
  const frame = useRef<T>(null)
  const before = useRef(count)
  useEffect(() => {
    const added = count > before.current
    before.current = count
    if (added) frame.current?.querySelector<HTMLElement>(`.row:last-of-type ${field}`)?.focus()
  }, [count])
  return frame
}
