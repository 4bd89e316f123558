import { expect, it } from 'vitest'
import { Desk, INDEX, outcome } from './desk.ts'

const NODE = `${INDEX}/~~/r/e[@n="1"]`

it('design §3: a node of a document that was just used is read without its text, and every change is seen', async () => {
  const desk = new Desk()
  await desk.put(INDEX, '<r><e n="1">a</e></r>')
  for (const _ of [1, 2, 3]) expect(await desk.get(NODE)).toMatchObject({ text: '<e n="1">a</e>' })
  expect(desk.texts).toBe(0)
  await desk.put(NODE, '<e n="1">b</e>')
  expect(await desk.get(NODE)).toMatchObject({ text: '<e n="1">b</e>' })
  expect(desk.texts).toBe(0)
  await desk.put(INDEX, '<r><e n="1">c</e></r>')
  expect(await desk.get(NODE)).toMatchObject({ text: '<e n="1">c</e>' })
  await desk.remove(`${INDEX}/~~/r/e`)
  expect(await outcome(desk.get(NODE))).toBe('not-found')
  expect(desk.texts).toBe(0)
})

it('design §3: of the documents that were read, the last ones are kept', async () => {
  const desk = new Desk(10_000_000)
  const namespaces = (name: string): string => `${INDEX.replace('index', name)}/~~/r/namespace::*`
  for (const name of ['1', '2', '3']) await desk.put(INDEX.replace('index', name), `<r>${'x'.repeat(900_000)}</r>`)
  for (const name of ['1', '2', '3', '3', '2', '1', '2', '3']) await desk.get(namespaces(name))
  // 1, 2 and 3 are read, 1 has gone; it is read again, then 3 is.
  expect(desk.texts).toBe(5)
})
