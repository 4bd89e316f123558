/** How far the heap of the program grows. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const ROOT = new URL('../../', import.meta.url).pathname

/** 63 MB that live, and 3,200 MB that grow old and go; prints how large the heap was at most, in MB. */
const WORK = `
  const living = Array.from({ length: 60 }, () => new Array(131_072).fill(0))
  const dying = []
  let most = 0
  for (let made = 0; made < 20_000; made++) {
    dying[made % 40] = new Array(20_000).fill(living.length)
    most = Math.max(most, process.memoryUsage().heapTotal)
  }
  console.log(Math.round(most / 1_000_000))`

async function megabytes(before: string): Promise<number> {
  const words = ['--import', 'tsx', '--input-type=module', '-e', before + WORK]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, words, { cwd: ROOT })
  expect(stderr).toBe('')
  return Number(stdout)
}

it('HOST-S1: the heap grows less far beyond what lives in it than V8 lets it by itself', async () => {
  const bounded = "import { boundHeap } from './src/heap.ts'; boundHeap();"
  const [ours, ofV8] = await Promise.all([megabytes(bounded), megabytes('')])
  expect(ours).toBeGreaterThan(63)
  // Some 250 and 367 on Node 20 and 22, 455 and 553 on 24.
  expect(ofV8 - ours).toBeGreaterThan(30)
})
