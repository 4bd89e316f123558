import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { ROOT } from './tree.ts'

const run = promisify(execFile)

/** knip exits with 1 when it found something; what it found stands on standard output. */
async function knip(...options: readonly string[]): Promise<string> {
  const answer = await run(process.execPath, [`${ROOT}node_modules/knip/bin/knip.js`, '--no-progress', ...options], {
    cwd: ROOT,
  }).catch((fault: { code?: unknown; stdout?: string; stderr?: string }) => {
    if (fault.code !== 1) throw new Error(`knip did not run: ${fault.stderr ?? String(fault)}`)
    return { stdout: fault.stdout ?? '' }
  })
  return answer.stdout.trim()
}

it('design §4: no file, export, type or dependency is unused', async () => {
  expect(await knip('--include', 'files,exports,types,dependencies,unlisted,unresolved')).toBe('')
}, 60_000)

it('design §4: no file of the product is there for the tests alone', async () => {
  expect(await knip('--production', '--include', 'files')).toBe('')
}, 60_000)

it('design §5: package.json says what a newcomer runs', () => {
  const described = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as Record<string, unknown> & {
    scripts: Record<string, string>
  }
  const known = [
    'name',
    'version',
    'description',
    'license',
    'private',
    'type',
    'engines',
    'bin',
    'exports',
    'files',
    'scripts',
    'dependencies',
    'devDependencies',
    'optionalDependencies',
    'overrides',
    'allowScripts',
    'knip',
    'scarfSettings',
  ]
  expect(Object.keys(described).filter((key) => !known.includes(key))).toEqual([])
  expect(described.scripts['start']).toBe('exec node dist/main.js serve')
  expect(described['bin']).toEqual({ 'cpm-xdms': 'dist/main.js' })
  expect(described['engines']).toEqual({ node: '>=20.19' })
  expect(described['license']).toBe('Apache-2.0')
})
