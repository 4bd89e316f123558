import { describe, expect, it } from 'vitest'
import { get, put, refused } from './one-node.ts'

const DOCUMENT = '<a><b n="1"/><b n="2"/></a>'

describe('cases from the field', () => {
  it.each(['0', '00', '3', '12345678901', '9'.repeat(400)])(
    'RFC 4825 §6.3: position [%s] selects nothing',
    (position) => {
      expect(get(DOCUMENT, `a/b[${position}]`)).toBeUndefined()
    },
  )

  it('RFC 4825 §8.2.3: an element put at position 0 would not be found there', () => {
    expect(refused(() => put(DOCUMENT, 'a/b[0]', '<b/>')).kind).toBe('cannot-insert')
  })

  it('RFC 4825 §6.3: leading zeros of a position do not count', () => {
    expect(get(DOCUMENT, 'a/b[02]')).toBe('<b n="2"/>')
  })

  it.each(['x\n', '\r\nx ', ' "x"', '"x"\n'])(
    'RFC 4825 §8.2.2: white space round the value %j is no part of it',
    (body) => {
      expect(put(DOCUMENT, 'a/b[1]/@n', body).text).toBe('<a><b n="x"/><b n="2"/></a>')
    },
  )
})
