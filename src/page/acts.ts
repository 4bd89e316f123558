/** What somebody does on a view: one thing after the other, and what became of the last. */
import { Unreachable, type Problem } from './ask.ts'
import { useRef, useState } from './view.ts'
import { t } from './words.ts'

export interface Acts {
  readonly busy: boolean
  readonly problem: Problem | undefined
  /** What was done, in a sentence, for whoever does not see that something vanished. */
  readonly done: string
  /**
   * Behind what is being done already: a choice that is made meanwhile is not lost.
   * @param act gives what was refused, or nothing.
   */
  run(act: () => Promise<Problem | undefined>, done?: string): Promise<boolean>
  clear(): void
}

interface State {
  readonly busy: boolean
  readonly problem: Problem | undefined
  readonly done: string
}

const STILL: State = { busy: false, problem: undefined, done: '' }

export function useActs(): Acts {
  const [state, setState] = useState<State>(STILL)
  const last = useRef<Promise<unknown>>(Promise.resolve())
  return {
    ...state,
    run(act, done = '') {
      const mine = last.current.then(async () => {
        setState({ ...STILL, busy: true })
        const problem = await act().catch(unreachable)
        setState({ busy: false, problem, done: problem === undefined ? done : '' })
        return problem === undefined
      })
      last.current = mine.catch(() => undefined)
      return mine
    },
    clear: () => setState(STILL),
  }
}

function unreachable(error: unknown): Problem {
  if (!(error instanceof Unreachable)) throw error
  return { status: 0, title: t('unreachable'), detail: t('unreachable.detail'), errors: [] }
}
