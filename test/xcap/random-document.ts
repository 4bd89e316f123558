/** Random documents, written in as many ways as XML has. Everything comes from a seed. */

/** 0 to 1, the same row for the same seed. */
export type Chance = () => number

/** Mulberry32. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export function pick<T>(chance: Chance, from: readonly T[]): T {
  return from[Math.floor(chance() * from.length)] as T
}

export const NAMES = ['a', 'b', 'c', 'é', 'x-y', 'list'] as const
export const ATTRIBUTES = ['id', 'uri', 'n', 'ü'] as const
export const NAMESPACES = ['', 'urn:a', 'urn:b', 'urn:(c)', 'http://d.example/?q=1&r=2'] as const
export const VALUES = [
  '',
  '1',
  '2',
  'a b',
  ' a  b ',
  'sip:alice@example.com',
  'http://x/y?z=1#f',
  '"q"',
  "it's",
  `"'`,
  '<',
  '&amp;',
  '%22',
  '%2F',
  '~~',
  ']',
  '[1]',
  '/',
  '\t',
  '\n',
  'дом',
  '😀',
  '100%',
] as const
const SPACES = [' ', ' ', ' ', '\n', '\r\n', '\t', '  ', '\r']
const RAW = [
  '',
  '',
  '',
  '\n  ',
  '\r\n\t',
  '<!-- <a id="1"/> -->',
  '<![CDATA[<a>]] </a>]]>',
  '<?pi <b/> ?>',
  'text',
  '&amp;&lt;',
  '&#65;',
  '>',
  'é😀',
  '<!---->',
  '<![CDATA[]]>',
  '<?p?>',
  ']] >',
  '\r',
]

const DECLARATIONS = [
  '',
  '',
  '<?xml version="1.0"?>',
  "<?xml version='1.0' encoding='UTF-8'?>\r\n",
  '<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n',
]

type Scope = ReadonlyMap<string, string>

export function randomDocument(chance: Chance): string {
  const mark = chance() < 0.2 ? '\ufeff' : ''
  const declaration = pick(chance, DECLARATIONS)
  const comment = pick(chance, ['', '', '<!-- a -->\n', '<?pi <r>?>', '\n\n'])
  return (
    mark +
    declaration +
    comment +
    randomElement(chance, new Map(), 3) +
    pick(chance, ['', '', '\n', '<!-- <z> -->', '\r\n<?end?>\r\n'])
  )
}

export interface Demand {
  readonly namespace: string
  readonly local: string
  readonly attributes: readonly { readonly namespace: string; readonly local: string; readonly value: string }[]
}

/** @param demand what the element must be called and have. */
export function randomElement(chance: Chance, outer: Scope, depth: number, demand?: Demand): string {
  const scope = new Map(outer)
  const declared = new Map<string, string>()
  const declare = (prefix: string, namespace: string): void => {
    declared.set(prefix, namespace)
    scope.set(prefix, namespace)
  }
  while (chance() < 0.3) declare(pick(chance, ['p', 'q', 'r-1']), pick(chance, NAMESPACES.slice(1)))
  if (chance() < 0.25) declare('', pick(chance, NAMESPACES))
  const namespace = demand?.namespace ?? pick(chance, [...NAMESPACES.slice(0, 3), scope.get('') ?? ''])
  const name = nameIn(chance, scope, declare, namespace, demand?.local ?? pick(chance, NAMES))
  const attributes: string[] = []
  const taken = new Set<string>()
  const give = (attribute: Demand['attributes'][number]): void => {
    const key = `{${attribute.namespace}}${attribute.local}`
    if (taken.has(key)) return
    taken.add(key)
    const written =
      attribute.namespace === ''
        ? attribute.local
        : prefixed(chance, scope, declare, attribute.namespace, attribute.local)
    attributes.push(`${written}${pick(chance, ['=', '=', '=', ' = ', '=\n'])}${quote(chance, attribute.value)}`)
  }
  for (const attribute of demand?.attributes ?? []) give(attribute)
  while (chance() < 0.5) {
    give({
      namespace: pick(chance, ['', '', '', 'urn:a', 'urn:b']),
      local: pick(chance, ATTRIBUTES),
      value: pick(chance, VALUES),
    })
  }
  for (const [prefix, bound] of declared) {
    const declaration = `${prefix === '' ? 'xmlns' : `xmlns:${prefix}`}=${quote(chance, bound)}`
    attributes.splice(Math.floor(chance() * (attributes.length + 1)), 0, declaration)
  }
  const written = attributes.map((attribute) => pick(chance, SPACES) + attribute)
  const start = `<${name}${written.join('')}${pick(chance, ['', '', ' ', '\n'])}`
  if (chance() < 0.3) return `${start}/>`
  let content = pick(chance, RAW)
  while (depth > 0 && chance() < 0.62) content += randomElement(chance, scope, depth - 1) + pick(chance, RAW)
  return `${start}>${content}</${name}${pick(chance, ['', '', ' ', '\r\n'])}>`
}

type Declare = (prefix: string, namespace: string) => void

function nameIn(
  chance: Chance,
  scope: Map<string, string>,
  declare: Declare,
  namespace: string,
  local: string,
): string {
  if ((scope.get('') ?? '') === namespace && chance() < 0.7) return local
  if (namespace === '') {
    if ((scope.get('') ?? '') !== '') declare('', '')
    return local
  }
  return prefixed(chance, scope, declare, namespace, local)
}

function prefixed(
  chance: Chance,
  scope: Map<string, string>,
  declare: Declare,
  namespace: string,
  local: string,
): string {
  const bound = [...scope].filter(([prefix, to]) => prefix !== '' && to === namespace).map(([prefix]) => prefix)
  if (bound.length > 0) return `${pick(chance, bound)}:${local}`
  const fresh = ['s', 't', 'u', 'v', 'w'].find((prefix) => !scope.has(prefix)) ?? 'z9'
  declare(fresh, namespace)
  return `${fresh}:${local}`
}

/** A value between quotes, each character in one of the ways that it can be written. */
export function quote(chance: Chance, value: string): string {
  const mark = pick(chance, ['"', '"', "'"])
  const written = [...value].map((character) => {
    const code = character.codePointAt(0) as number
    const references = [`&#${code};`, `&#x${code.toString(16)};`, `&#x${code.toString(16).toUpperCase()};`]
    if (character === '<') return pick(chance, ['&lt;', ...references])
    if (character === '&') return pick(chance, ['&amp;', ...references])
    if (character === mark) return pick(chance, [mark === '"' ? '&quot;' : '&apos;', ...references])
    if (character === '\t' || character === '\n') return pick(chance, references)
    return chance() < 0.05 ? pick(chance, references) : character
  })
  return mark + written.join('') + mark
}
