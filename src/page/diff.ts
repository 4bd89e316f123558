/** What is different between two texts, line by line: a longest common subsequence. */
export interface DiffLine {
  readonly kind: 'same' | 'old' | 'new'
  readonly text: string
}

/** Above this a table of all pairs of lines would take the browser too long; then the middle is all old, all new. */
const PAIRS_AT_MOST = 4_000_000

export function diffLines(before: string, after: string): readonly DiffLine[] {
  const [old, fresh] = [linesOf(before), linesOf(after)]
  let start = 0
  while (start < old.length && start < fresh.length && old[start] === fresh[start]) start++
  let end = 0
  while (end < old.length - start && end < fresh.length - start && old.at(-1 - end) === fresh.at(-1 - end)) end++
  const same = (texts: readonly string[]): DiffLine[] => texts.map((text) => ({ kind: 'same', text }))
  return [
    ...same(old.slice(0, start)),
    ...middle(old.slice(start, old.length - end), fresh.slice(start, fresh.length - end)),
    ...same(old.slice(old.length - end)),
  ]
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}

function middle(old: readonly string[], fresh: readonly string[]): readonly DiffLine[] {
  const gone = (text: string): DiffLine => ({ kind: 'old', text })
  const come = (text: string): DiffLine => ({ kind: 'new', text })
  if (old.length * fresh.length > PAIRS_AT_MOST) return [...old.map(gone), ...fresh.map(come)]
  const width = fresh.length + 1
  // How many lines are common from here to both ends.
  const common = new Uint32Array((old.length + 1) * width)
  const at = (i: number, j: number): number => common[i * width + j] ?? 0
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = fresh.length - 1; j >= 0; j--)
      common[i * width + j] = old[i] === fresh[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  const lines: DiffLine[] = []
  let [i, j] = [0, 0]
  while (i < old.length || j < fresh.length) {
    const [was, is] = [old[i], fresh[j]]
    if (was !== undefined && was === is) {
      lines.push({ kind: 'same', text: was })
      i++
      j++
    } else if (was !== undefined && (is === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push(gone(was))
      i++
    } else {
      lines.push(come(is ?? ''))
      j++
    }
  }
  return lines
}
