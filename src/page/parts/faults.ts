/** What the server found wrong, at the field where it is wrong. */
import type { Fault } from '../ask.ts'
import { html, type VNode } from '../view.ts'

/** @param path a JSON pointer; what is below it counts, too. */
export function FaultsAt({
  faults,
  path,
}: {
  readonly faults: readonly Fault[]
  readonly path: string
}): VNode | undefined {
  const here = faults.filter((one) => one.path === path || one.path.startsWith(`${path}/`))
  if (here.length === 0) return undefined
  return html`<ul class="faults" role="alert">
    ${here.map((one) => html`<li>${one.path.slice(path.length + 1)} ${one.message}</li>`)}
  </ul>`
}
