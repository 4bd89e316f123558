import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { readDocument } from '../../src/xml/read-document.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

function heap(): number {
  collectGarbage()
  collectGarbage()
  return process.memoryUsage().heapUsed
}

test('HOST-S7: names that are kept keep no document in memory', () => {
  const text = (at: number): string =>
    `<a xmlns="urn:example:namespace-${at}"><element-number-${at}/>${'x'.repeat(250_000)}</a>`
  readDocument(Buffer.from(text(0)), DEFAULT_XML_LIMITS)
  const before = heap()
  for (let at = 1; at <= 200; at++) readDocument(Buffer.from(text(at)), DEFAULT_XML_LIMITS)
  // The documents have 50 MB.
  expect(heap() - before).toBeLessThan(10_000_000)
})
