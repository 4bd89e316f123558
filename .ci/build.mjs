// `npm run build`: compiles src/ to dist/, makes the page of src/page, and makes one file of dist/zod.js and what it needs of zod.
import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const require = createRequire(import.meta.url)
const tsc = require.resolve('typescript/bin/tsc')
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.json'], { cwd: root, stdio: 'inherit' })
if (status !== 0) process.exit(status ?? 1)
const ofPage = spawnSync(process.execPath, [tsc, '-p', 'src/page/tsconfig.json'], { cwd: root, stdio: 'inherit' })
if (ofPage.status !== 0) process.exit(ofPage.status ?? 1)
await import('./page.mjs')
chmodSync(`${root}dist/main.js`, 0o755)

// In WebAssembly, so that it is there where optional packages are not.
const { rollup } = await import('@rollup/wasm-node')
const zod = require.resolve('zod/package.json').replace(/package\.json$/, 'index.js')
const bundle = await rollup({
  input: `${root}dist/zod.js`,
  plugins: [{ name: 'zod', resolveId: (name) => (name === 'zod' ? zod : null) }],
  treeshake: { moduleSideEffects: false },
  // Of zod's comments for other bundlers, and of circles among its own files.
  onwarn: () => {},
})
const { output } = await bundle.generate({ format: 'es' })
await bundle.close()
const licence = '/*! zod, MIT License, Copyright (c) Colin McDonnell: https://zod.dev */\n'
writeFileSync(`${root}dist/zod.js`, licence + output[0].code)

// The viewer of openapi.yaml, served at /docs: files, so that nothing comes from another host.
const viewer = require.resolve('swagger-ui-dist/package.json').replace(/package\.json$/, '')
mkdirSync(`${root}dist/docs`, { recursive: true })
for (const name of ['swagger-ui-bundle.js', 'swagger-ui.css', 'LICENSE', 'NOTICE'])
  copyFileSync(viewer + name, `${root}dist/docs/${name}`)
