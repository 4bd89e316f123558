/** Of what `/metrics` says in the format of Prometheus, what is ours, a single number and no instant. */
const LINE = /^(xdms_(?!\w+_timestamp_)\w+?)(?:\{(?:figure|state|reason)="([^"]*)"\})? (\S+)$/gm

export function figuresIn(text: string): ReadonlyMap<string, number> {
  return new Map(
    [...text.matchAll(LINE)].map(([, name = '', label, value]): [string, number] => [
      label === undefined ? name : `${name} ${label}`,
      Number(value),
    ]),
  )
}
