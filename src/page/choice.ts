/** A choice that is saved at once. */
import { useRef, useState } from './view.ts'

export interface Choice {
  readonly value: string
  readonly choose: (event: Event) => void
}

/**
 * What was chosen is shown until it is saved and read again, or refused: whoever goes on by an arrow meanwhile goes on
 * from there.
 * @param save is over when what is stored has been read again.
 */
export function useChoice(stored: string, save: (chosen: string) => Promise<unknown>): Choice {
  const [chosen, setChosen] = useState<string | undefined>(undefined)
  const count = useRef(0)
  const choose = async (event: Event): Promise<void> => {
    const mine = ++count.current
    const { value } = event.target as HTMLSelectElement
    setChosen(value)
    await save(value)
    // 1. One is chosen. 2. Another is chosen while 1 is saved. 3. 1 is saved, and 2 is still to be seen.
    if (mine === count.current) setChosen(undefined)
  }
  return { value: chosen ?? stored, choose: (event) => void choose(event) }
}
