/**
 * `npm run test:nodes [22 24]`: the unit tests and those over HTTP, on other versions of Node, the last part of
 * `npm run test:all`. They come as packages of npm, for this once; one that cannot be had is a failure, and said.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { filesOf } from '../lanes.ts'
import { ROOT } from '../tidy/tree.ts'

/** What is pure, and what is asked over HTTP. */
const FILES = [...filesOf('unit'), ...filesOf('built').filter((file) => file.startsWith('test/http/'))]
const VERSIONS = ['22', '24']

/** The packages of the `node` package: one for each platform, without an install script. */
function packageOf(version: string): string {
  const prefix = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node'
  return `${prefix}-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}@${version}`
}

function run(command: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): boolean {
  const { status } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...environment } })
  return status === 0
}

function passesOn(version: string): boolean {
  const folder = mkdtempSync(join(tmpdir(), `cpm-xdms-node-${version}-`))
  try {
    const name = packageOf(version)
    if (!run('npm', ['install', '--no-save', '--ignore-scripts', '--prefix', folder, name])) {
      console.error(`NOT RUN on Node ${version}: ${name} cannot be had.`)
      return false
    }
    const bin = join(folder, 'node_modules', name.slice(0, name.indexOf('@')), 'bin')
    const node = join(bin, 'node')
    const PATH = `${bin}${delimiter}${process.env['PATH'] ?? ''}`
    run(node, ['--version'])
    return run(
      node,
      [
        'node_modules/vitest/vitest.mjs',
        'run',
        '--config',
        'test/vitest.config.ts',
        '--project',
        'unit',
        '--project',
        'built',
        ...FILES,
      ],
      { PATH },
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const named = process.argv.slice(2)
const failed = (named.length > 0 ? named : VERSIONS).filter((version) => !passesOn(version))
for (const version of failed) console.error(`The tests do not pass on Node ${version}.`)
process.exitCode = failed.length === 0 ? 0 : 1
