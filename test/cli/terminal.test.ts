import { PassThrough, Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { readPassword } from '../../src/cli/terminal.ts'
import { recorded } from './program.ts'

/** A keyboard: what is written to it was typed; `raw` is every switch of the mode in which nothing is shown. */
function keyboard(): {
  readonly input: PassThrough & { isTTY: true; setRawMode(on: boolean): unknown }
  readonly raw: boolean[]
} {
  const raw: boolean[] = []
  return {
    input: Object.assign(new PassThrough(), { isTTY: true as const, setRawMode: (on: boolean) => raw.push(on) }),
    raw,
  }
}

describe('asking for a password', () => {
  it('api §Settings: twice, without echo, and the terminal is left as it was', async () => {
    const { input, raw } = keyboard()
    const terminal = recorded(input)
    const password = readPassword(terminal, false, 'sip:alice@example.com')
    input.write('secret')
    input.write('\r')
    input.write('secret\r')
    expect(await password).toBe('secret')
    expect(terminal.asked).toEqual(['Password for sip:alice@example.com: ', '\n', 'The same again: ', '\n'])
    expect(terminal.said).toEqual([])
    expect(raw).toEqual([true, false])
  })

  it('api §Settings: both may be pasted at once, in any alphabet, and a slip be erased', async () => {
    const { input } = keyboard()
    const password = readPassword(recorded(input), false, 'sip:alice@example.com')
    input.write('pässx\u007fwört\rpässwört\r')
    expect(await password).toBe('pässwört')
  })

  it.each([
    ['arrows and the delete key', ['ecret', '\u001b[H', 's', '\u001b[F', 'x', '\u001b[D', '\u001b[3~']],
    ['control-U and control-W', ['all wrong', '\u0015', 'secret no', '\u0017', '\u007f']],
  ])('api §Settings: it is edited as a line of a shell: %s', async (_, typed) => {
    const { input } = keyboard()
    const password = readPassword(recorded(input), false, 'sip:alice@example.com')
    for (const key of [...typed, '\r', 'secret\r']) {
      input.write(key)
      await new Promise(setImmediate)
    }
    expect(await password).toBe('secret')
  })

  it('api §Settings: an input that ends in the middle leaves the terminal as it was', async () => {
    const { input, raw } = keyboard()
    const password = readPassword(recorded(input), false, 'sip:alice@example.com')
    input.end('sec')
    await expect(password).rejects.toMatchObject({ message: 'Nothing was changed.', exitCode: 1 })
    expect(raw).toEqual([true, false])
  })

  it('api §Settings: two that differ change nothing', async () => {
    const { input, raw } = keyboard()
    const password = readPassword(recorded(input), false, 'sip:alice@example.com')
    input.write('secret\rsecrets\r')
    await expect(password).rejects.toMatchObject({
      message: 'The two passwords differ. Nothing was changed.',
      exitCode: 1,
    })
    expect(raw).toEqual([true, false])
  })

  it('api §Settings: control-C leaves the terminal as it was', async () => {
    const { input, raw } = keyboard()
    const password = readPassword(recorded(input), false, 'sip:alice@example.com')
    input.write('sec\u0003')
    await expect(password).rejects.toMatchObject({ message: 'Nothing was changed.', exitCode: 1 })
    expect(raw).toEqual([true, false])
  })

  it('api §Settings: a pipe is read only with --password-stdin, without the line end of echo', async () => {
    expect(await readPassword(recorded(Readable.from(['sec', 'ret\n'])), true, 'sip:alice@example.com')).toBe('secret')
    expect(await readPassword(recorded(Readable.from([' a b \r\n'])), true, 'sip:alice@example.com')).toBe(' a b ')
    await expect(
      readPassword(recorded(Readable.from(['secret\n'])), false, 'sip:alice@example.com'),
    ).rejects.toMatchObject({ exitCode: 2 })
  })

  it('api §Settings: an endless pipe is not swallowed whole', async () => {
    const endless = Readable.from(
      (function* () {
        for (;;) yield 'x'.repeat(1000)
      })(),
    )
    await expect(readPassword(recorded(endless), true, 'sip:alice@example.com')).rejects.toMatchObject({ exitCode: 1 })
  })
})
