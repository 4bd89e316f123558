import { XsdValidator } from 'libxml2-wasm'
import { expect, it, vi } from 'vitest'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { readDocument } from '../../src/xml/read-document.ts'
import { AUID, type Xui } from '../../src/names.ts'
import { loadUsages } from '../../src/usage/load.ts'
import { prepareWriting, writeDocument } from '../../src/xml/write.ts'

const schemas = new URL('../../schemas', import.meta.url).pathname

it('HOST-S9: a schema is compiled ahead, one thing in a round, and the first document waits for nothing', async () => {
  const compile = vi.spyOn(XsdValidator, 'fromDoc')
  const usage = loadUsages(schemas).find(AUID.profiles)
  expect(compile).not.toHaveBeenCalled()
  const steps = [...(usage?.prepare?.() ?? [])]
  expect(steps).toEqual([128, 128, 128])
  expect(compile).toHaveBeenCalledTimes(1)
  const selector = { auid: AUID.profiles, owner: 'sip:alice@example.com' as Xui, name: 'a' }
  const wrong = readDocument(Buffer.from('<profile xmlns="urn:cpm-xdms:profile:1"/>'), DEFAULT_XML_LIMITS)
  const surroundings = { home: undefined as never, document: () => Promise.resolve(undefined) }
  await expect(usage?.check(selector, wrong, surroundings)).rejects.toThrow()
  expect(compile).toHaveBeenCalledTimes(1)
  compile.mockRestore()
})

it('HOST-S9: the writer of documents reads its library in parts', () => {
  expect([...prepareWriting()].length).toBeGreaterThan(3)
  expect(Buffer.from(writeDocument({ name: 'a' })).toString()).toBe('<?xml version="1.0" encoding="UTF-8"?><a/>')
})
