/**
 * `npm run test:clean`: the ways to a running server, each from a clean clone of what is
 * committed, with the seconds that it took.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT } from '../tidy/tree.ts'

const folder = mkdtempSync(join(tmpdir(), 'cpm-xdms-clean-'))
let failed = false

function run(cwd: string, command: string): void {
  const { status, stderr } = spawnSync('bash', ['-c', command], { cwd, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr}`)
}

function clone(name: string): string {
  run(folder, `git clone -q '${ROOT}' ${name}`)
  return join(folder, name)
}

/** Resolves when the server says that it listens, and has been asked to end. */
async function serves(cwd: string, command: string): Promise<void> {
  const child = spawn('bash', ['-c', `exec ${command}`], {
    cwd,
    env: { ...process.env, XDMS_PORT: '0', XDMS_DATA: join(cwd, 'data') },
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text))
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', () => said.includes('listening on http://') && resolve())
    void ended.then(() => reject(new Error(`${command} ended: ${said}`)))
  })
  child.kill('SIGTERM')
  await ended
}

async function time(what: string, work: () => Promise<void> | void): Promise<void> {
  const began = performance.now()
  try {
    await work()
    console.log(`${((performance.now() - began) / 1_000).toFixed(1)} s  ${what}`)
  } catch (error) {
    failed = true
    console.log(`failed  ${what}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

try {
  const first = clone('first')
  await time('npm install --omit=optional && npm start, to `listening`', async () => {
    run(first, 'npm install --omit=optional')
    await serves(first, 'npm start')
  })
  await time('npm run demo, of the same install', () => run(first, 'npm run demo'))
  for (const nth of ['first', 'second', 'third'])
    await time(`node dist/main.js serve, to \`listening\` and its end (${nth})`, () =>
      serves(first, 'node dist/main.js serve'),
    )
  const production = clone('production')
  await time('npm ci --omit=dev && npm start', async () => {
    run(production, 'npm ci --omit=dev')
    await serves(production, 'npm start')
  })
  await time('npm pack, npm install --omit=optional of the tarball, npx cpm-xdms serve', async () => {
    run(first, 'npm pack')
    const tarball = join(first, readdirSync(first).find((name) => name.endsWith('.tgz')) ?? '')
    const user = join(folder, 'user')
    mkdirSync(user)
    run(user, `npm init -y && npm install '${tarball}' --omit=optional`)
    await serves(user, 'npx cpm-xdms serve')
  })
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = failed ? 1 : 0
