/** Chance that comes again: the same seed gives the same inputs. */

export interface Chance {
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number
  one<T>(of: readonly T[]): T
  /** True once in `times`. */
  oneIn(times: number): boolean
}

/** mulberry32, public domain, by Tommy Ettinger. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * limit)
  }
  return { below, one: (of) => of[below(of.length)] as (typeof of)[number], oneIn: (times) => below(times) === 0 }
}

/** Pieces that parsers of HTTP, URIs, XML, JSON and Digest stumble over. */
const PIECES = [
  ...['\0', '\r', '\n', '\r\n', '\t', ' ', '\u007f', '\u00a0', '\ufeff', '\u2028', '\ud800', '\uffff', 'ſ', 'K', 'é'],
  ...[
    '"',
    "'",
    '\\',
    '/',
    '//',
    '/../',
    '.',
    ':',
    ';',
    ',',
    '=',
    '?',
    '#',
    '&',
    '@',
    '%',
    '%00',
    '%2f',
    '%zz',
    '%c0%af',
  ],
  ...[
    '<',
    '>',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '<?x?>',
    '<!DOCTYPE a>',
    '&x;',
    '&#0;',
    '&lt;',
    '<a xmlns="">',
    '</',
  ],
  ...['[', ']', '[1]', '[@a="b"]', '*', '@', 'namespace::*', '~~', 'xmlns(a=b)', 'p:a', '(', ')'],
  ...['{', '}', '[]', '{}', 'null', 'true', '-0', '1e999', '9'.repeat(40), '"__proto__":', '"constructor":', '\\u0000'],
  ...['x'.repeat(300), 'a'.repeat(9_000), '[['.repeat(40), '../'.repeat(20), '%5B'.repeat(30)],
]

/** Some places of the bytes are changed: turned over, taken out, doubled, or a piece is put in. */
export function mutated(chance: Chance, bytes: Buffer, times = 1 + chance.below(5)): Buffer {
  let now = bytes
  for (let n = 0; n < times; n++) {
    const at = chance.below(now.length + 1)
    const length = chance.below(chance.oneIn(4) ? now.length + 1 : 9)
    const [before, piece, after] = [now.subarray(0, at), now.subarray(at, at + length), now.subarray(at + length)]
    const inserted = [
      Buffer.from([chance.below(256)]),
      Buffer.from(chance.one(PIECES)),
      Buffer.alloc(0),
      Buffer.concat([piece, piece]),
      Buffer.concat([piece, Buffer.from(chance.one(PIECES))]),
    ]
    now = Buffer.concat([before, chance.one(inserted), after])
  }
  return now
}

export function pieces(chance: Chance, atMost: number): string {
  return Array.from({ length: chance.below(atMost + 1) }, () => chance.one(PIECES)).join('')
}
