import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createProgress } from '../../src/cli/progress.ts'
import { recorded } from './program.ts'

/** Two hundred steps of 60 ms each. */
function shown(watched: boolean) {
  const terminal = { ...recorded(Readable.from([])), watched }
  let now = 0
  const progress = createProgress(terminal, () => now)
  for (let done = 1; done <= 200; done++) {
    now += 60
    progress.show('exporting', done, 200)
  }
  progress.end()
  progress.end()
  return terminal
}

describe('progress', () => {
  it('api §Settings: where nobody looks it is a line now and then', () => {
    const { complained, asked } = shown(false)
    expect(complained).toEqual(['exporting: 42 % (84 of 200)', 'exporting: 84 % (168 of 200)'])
    expect(asked).toEqual([])
  })

  it('api §Settings: where somebody looks it is a bar that is written over, full in the end', () => {
    const { complained, asked } = shown(true)
    expect(complained).toEqual([])
    expect(asked[0]).toBe('\rexporting [................................] 0 % (1 of 200)')
    expect(asked.slice(-2)).toEqual(['\rexporting [################################] 100 % (200 of 200)', '\n'])
    expect(asked).toHaveLength(102)
  })

  it('api §Settings: a shorter line leaves nothing of a longer one behind it', () => {
    const terminal = { ...recorded(Readable.from([])), watched: true }
    const progress = createProgress(terminal, () => 0)
    progress.show('checking the file', 1, 1)
    progress.show('importing', 1, 1)
    const [long = '', short = ''] = terminal.asked
    expect(short.length).toBe(long.length)
    expect(short.trimEnd()).toBe('\rimporting [################################] 100 % (1 of 1)')
  })
})
