/** Who wants the end of a process. */

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
/** 128 and the number of the signal, as shells report it. */
const EXIT_AT_ONCE = { SIGTERM: 143, SIGINT: 130, SIGHUP: 129 } as const

/**
 * The first signal asks for the end; the second is impatient.
 * @param stopped for a worker, what its primary says: a terminal, and many a supervisor, gives a signal to both, so
 * here a second one says no more than the first.
 * @param impatient is called before the process ends at the second.
 */
export function askedToEnd(stopped?: Promise<string>, impatient: () => void = () => undefined): Promise<string> {
  return new Promise((tell) => {
    let count = 0
    for (const name of SIGNALS) {
      process.on(name, () => {
        count += 1
        if (count > 1 && stopped === undefined) {
          impatient()
          process.exit(EXIT_AT_ONCE[name])
        }
        tell(name)
      })
    }
    void stopped?.then(tell)
  })
}
