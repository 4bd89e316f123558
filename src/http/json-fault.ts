/** Where a text ceases to be JSON (RFC 8259): the parser of the platform says so only sometimes, in its own words. */

/** Longer ones are answered without: a second pass over megabytes for who sends no JSON is not worth it. */
const LOOKED_AT = 262_144

const TOKEN =
  /[ \t\n\r]*(?:([{}[\],:])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-]))/y
const BLANKS = /[ \t\n\r]*/y

/** What may come next. */
type Wanted = 'value' | 'value or ]' | 'name' | 'name or }' | 'colon' | 'comma or end' | 'nothing'

const WORDS: Readonly<Record<Wanted, string>> = {
  value: 'a value',
  'value or ]': 'a value or ]',
  name: 'a name in double quotes',
  'name or }': 'a name in double quotes or }',
  colon: 'a colon',
  'comma or end': 'a comma or the end of the object or array',
  nothing: 'nothing more',
}

/** A sentence with line, column and what was wanted there. */
export function jsonFault(text: string, what: 'body' | 'line' = 'body'): string {
  if (text.length > LOOKED_AT) return `The ${what} is no JSON.`
  const open: ('{' | '[')[] = []
  let wanted: Wanted = 'value'
  let at = 0
  for (;;) {
    TOKEN.lastIndex = at
    const token = TOKEN.exec(text)
    if (token === null) break
    const next = behind(token[1] ?? (token[2] === undefined ? 'value' : 'text'), wanted, open)
    if (next === undefined) break
    wanted = next
    at = TOKEN.lastIndex
  }
  BLANKS.lastIndex = at
  BLANKS.exec(text)
  return `The ${what} is no JSON: ${placeOf(text, BLANKS.lastIndex)}, ${WORDS[wanted]} is wanted.`
}

/** @returns `undefined` for a token that may not stand here. */
function behind(token: string, wanted: Wanted, open: ('{' | '[')[]): Wanted | undefined {
  const ended = (): Wanted => (open.length === 0 ? 'nothing' : 'comma or end')
  const isValue = wanted === 'value' || wanted === 'value or ]'
  switch (token) {
    case 'value':
      return isValue ? ended() : undefined
    case 'text':
      if (wanted === 'name' || wanted === 'name or }') return 'colon'
      return isValue ? ended() : undefined
    case '{':
    case '[':
      if (!isValue) return undefined
      open.push(token)
      return token === '{' ? 'name or }' : 'value or ]'
    case '}':
    case ']': {
      const isEmpty = wanted === (token === '}' ? 'name or }' : 'value or ]')
      if (open.at(-1) !== (token === '}' ? '{' : '[') || (wanted !== 'comma or end' && !isEmpty)) return undefined
      open.pop()
      return ended()
    }
    case ':':
      return wanted === 'colon' ? 'value' : undefined
    default:
      return wanted === 'comma or end' ? (open.at(-1) === '{' ? 'name' : 'value') : undefined
  }
}

function placeOf(text: string, at: number): string {
  if (at >= text.length) return 'at its end'
  const before = text.slice(0, at).split('\n')
  return `in line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`
}
