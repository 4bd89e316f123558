import { expect, it } from 'vitest'
import { DocumentCache } from '../../src/xcap/document-cache.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { XcapTestbed, INDEX, outcome } from './testbed.ts'

const NODE = `${INDEX}/~~/r/e[@n="1"]`

it('design §3: a node of a document that was just used is read without its text, and every change is seen', async () => {
  const testbed = new XcapTestbed()
  await testbed.put(INDEX, '<r><e n="1">a</e></r>')
  for (const _ of [1, 2, 3]) expect(await testbed.get(NODE)).toMatchObject({ text: '<e n="1">a</e>' })
  expect(testbed.texts).toBe(0)
  await testbed.put(NODE, '<e n="1">b</e>')
  expect(await testbed.get(NODE)).toMatchObject({ text: '<e n="1">b</e>' })
  expect(testbed.texts).toBe(0)
  await testbed.put(INDEX, '<r><e n="1">c</e></r>')
  expect(await testbed.get(NODE)).toMatchObject({ text: '<e n="1">c</e>' })
  await testbed.remove(`${INDEX}/~~/r/e`)
  expect(await outcome(testbed.get(NODE))).toBe('not-found')
  expect(testbed.texts).toBe(0)
})

it('design §3: of the documents that were read, the last ones are kept', async () => {
  const testbed = new XcapTestbed(10_000_000)
  const namespaces = (name: string): string => `${INDEX.replace('index', name)}/~~/r/namespace::*`
  for (const name of ['1', '2', '3']) await testbed.put(INDEX.replace('index', name), `<r>${'x'.repeat(900_000)}</r>`)
  for (const name of ['1', '2', '3', '3', '2', '1', '2', '3']) await testbed.get(namespaces(name))
  // 1, 2 and 3 are read, 1 has gone; it is read again, then 3 is.
  expect(testbed.texts).toBe(5)
})

it('design §3: what is written again and again, or under new names and deleted, pushes nothing out', async () => {
  const testbed = new XcapTestbed(10_000_000)
  await testbed.put(INDEX, '<r><e n="1">a</e></r>')
  const other = INDEX.replace('index', 'other')
  // Two of them fit, three do not.
  const large = `<r>${'x'.repeat(900_000)}</r>`
  for (const _ of [1, 2, 3, 4]) await testbed.put(other, large)
  for (const name of ['1', '2', '3', '4']) {
    await testbed.put(INDEX.replace('index', name), large)
    await testbed.remove(INDEX.replace('index', name))
  }
  expect(await testbed.get(NODE)).toMatchObject({ text: '<e n="1">a</e>' })
  expect(testbed.texts).toBe(0)
})

it('design §3: of documents put whole the last 16 trees are kept, and of those before the texts', async () => {
  // Each tree counts for some 1,800, each text for some 80.
  const testbed = new XcapTestbed()
  testbed.rooms = {
    ...testbed.rooms,
    documents: new DocumentCache({ xml: DEFAULT_XML_LIMITS, bytesAtMost: 40_000 }),
  }
  const named = (n: number): string => INDEX.replace('alice', `u${n}`)
  const readNode = (n: number): Promise<unknown> => testbed.get(`${named(n)}/~~/r/e`)
  await testbed.put(named(0), '<r><e>0</e></r>')
  await readNode(0)
  for (let n = 1; n <= 100; n++) await testbed.put(named(n), `<r><e>${n}</e></r>`)
  for (const n of [0, 1, 84, 85, 100]) expect(await readNode(n)).toMatchObject({ text: `<e>${n}</e>` })
  expect(testbed.texts).toBe(0)
  // With their trees there is no room for all of them.
  for (let n = 1; n <= 100; n++) await readNode(n)
  for (let n = 1; n <= 70; n++) await readNode(n)
  expect(testbed.texts).toBeGreaterThan(60)
})
