// `npm run build`: compiles src/ to dist/, makes the page of src/page, and few files of the program.
import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const require = createRequire(import.meta.url)

function run(script, ...args) {
  const { status } = spawnSync(process.execPath, [require.resolve(script), ...args], { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

run('typescript/bin/tsc', '-p', 'tsconfig.json')
run('typescript/bin/tsc', '-p', 'src/page/tsconfig.json')
await import('./page.mjs')
run('@rollup/wasm-node/dist/bin/rollup', '--silent', '-c', '.ci/rollup.mjs')
chmodSync(`${root}dist/main.js`, 0o755)

// The viewer of openapi.yaml, served at /docs: files, so that nothing comes from another host.
const viewer = require.resolve('swagger-ui-dist/package.json').replace(/package\.json$/, '')
mkdirSync(`${root}dist/docs`, { recursive: true })
for (const name of ['swagger-ui-bundle.js', 'swagger-ui.css', 'LICENSE', 'NOTICE'])
  copyFileSync(viewer + name, `${root}dist/docs/${name}`)
