/**
 * Milliseconds of the processor that the cheapest of some runs takes: however busy the machine is, what looks at a text
 * once stays far below what looks again and again.
 */
export function cpuTime(run: () => unknown): number {
  const times = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1_000
  })
  return Math.min(...times)
}
