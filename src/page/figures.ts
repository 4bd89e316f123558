/** Of what `/metrics` says in the format of Prometheus, what is ours and a single number. */
const LINE = /^(xdms_\w+?)(?:\{(?:figure|state|reason)="([^"]*)"\})? (\S+)$/gm

export function figuresIn(text: string): ReadonlyMap<string, number> {
  return new Map(
    [...text.matchAll(LINE)].map(([, name = '', label, value]): [string, number] => [
      label === undefined ? name : `${name} ${label}`,
      Number(value),
    ]),
  )
}
