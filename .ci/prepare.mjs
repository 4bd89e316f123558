// What npm runs after an install from a clone: the build. Without the development packages (`npm ci --omit=dev`) the compiler and the
// bundler come for this once; no type is checked then: the check of types is theirs who develop.
import { spawnSync } from 'node:child_process'
import { chmodSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })
  if (error) console.error(error.message)
  if (status !== 0) process.exit(status ?? 1)
}

function hasCompiler() {
  try {
    createRequire(import.meta.url).resolve('typescript/bin/tsc')
    return true
  } catch {
    return false
  }
}

if (hasCompiler()) {
  run(process.execPath, ['.ci/build.mjs'])
} else {
  const { packages } = JSON.parse(readFileSync(`${root}package-lock.json`, 'utf8'))
  const asLocked = (name) => `${name}@${packages[`node_modules/${name}`].version}`
  const runOf = (name, ...args) => run('npm', ['exec', '--yes', `--package=${asLocked(name)}`, '--', ...args])
  for (const project of ['tsconfig.json', 'src/page/tsconfig.json'])
    runOf('typescript', 'tsc', '-p', project, '--noCheck', '--types', 'null')
  run(process.execPath, ['.ci/page.mjs'])
  runOf('@rollup/wasm-node', 'rollup', '--silent', '-c', '.ci/rollup.mjs')
  chmodSync(`${root}dist/main.js`, 0o755)
}
