/** For suites that speak with somebody else's program: they run, or say loudly that they did not. */
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

/** Where `install.sh` puts what is not Debian's. */
const PEERS = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'cpm-xdms-peers')

export const PYTHON = join(PEERS, 'python', 'bin', 'python')
export const SMSC_JARS = join(PEERS, 'smsc')

/**
 * @param programs by absolute path; where one is missing there is one line instead of the tests, and with CI set it
 * fails.
 * @param suite called while tests are collected, as what stands inside of `describe`.
 */
export function withPeer(name: string, programs: readonly string[], suite: () => void, asRoot = false): void {
  const missing = programs.filter((program) => !existsSync(program))
  if (asRoot && process.getuid?.() !== 0) missing.push('the rights of root')
  if (missing.length === 0) {
    describe(`with ${name}`, suite)
    return
  }
  it(`design §5: NOT RUN, ${name} is not here; test/peers/install.sh installs it`, () => {
    console.warn(`NOT RUN: ${name} lacks ${missing.join(', ')}`)
    expect(process.env['CI'], 'with CI set it has to be there').toBeUndefined()
  })
}
