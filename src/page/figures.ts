/** Of what `/metrics` says in the format of Prometheus, what is ours and a single number. */
const LINE = /^(xdms_\w+(?:\{figure="[^"]*"\})?) (\S+)$/gm

export function figuresIn(text: string): ReadonlyMap<string, number> {
  const found = [...text.matchAll(LINE)].map(([, name = '', value = '']): [string, number] => [name, Number(value)])
  return new Map(found.map(([name, value]) => [name.replace(/^(\w+)\{figure="([^"]*)"\}$/, '$1 $2'), value]))
}
