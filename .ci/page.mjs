// Makes dist/page of what was compiled from src/page: files as they are served. What the first view wants is one script and
// one style sheet, and all other views are one more script: sixty modules by themselves take longer to ask for than to read.
// They lie in one folder that is named after what is in them, so that browsers keep them for good.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { rollup } from '@rollup/wasm-node'

const root = fileURLToPath(new URL('..', import.meta.url))
const source = `${root}src/page/`
const compiled = `${root}dist/page-compiled/`
const target = `${root}dist/page/`

function packageFile(name, file) {
  return join(root, 'node_modules', name, file)
}

const VENDOR = {
  preact: packageFile('preact', 'dist/preact.mjs'),
  'preact/hooks': packageFile('preact', 'hooks/dist/hooks.mjs'),
  htm: packageFile('htm', 'dist/htm.module.js'),
}

const MAIN = `${compiled}page/main.js`

/** What is imported from the start, and not when somebody goes to a view. */
function below(id, getModuleInfo, found = new Set()) {
  if (found.has(id)) return found
  found.add(id)
  for (const one of getModuleInfo(id).importedIds) below(one, getModuleInfo, found)
  return found
}

const bundle = await rollup({
  input: { main: MAIN },
  plugins: [{ name: 'vendor', resolveId: (name) => VENDOR[name] ?? null }],
})
const { output } = await bundle.generate({
  format: 'es',
  entryFileNames: 'page/[name].js',
  chunkFileNames: 'page/[name].js',
  manualChunks: (id, { getModuleInfo }) => (below(MAIN, getModuleInfo).has(id) ? 'main' : 'views'),
})
await bundle.close()

/** By path in the folder. */
const files = new Map(output.map(({ fileName, code }) => [fileName, code]))
const pico = readFileSync(packageFile('@picocss/pico', 'css/pico.min.css'), 'utf8')
files.set('style.css', pico + readFileSync(`${source}style.css`, 'utf8'))
files.set('icon.svg', readFileSync(`${source}icon.svg`, 'utf8'))
for (const name of readdirSync(`${source}texts`).filter((one) => one.endsWith('.json')))
  files.set(`texts/${name}`, JSON.stringify(JSON.parse(readFileSync(`${source}texts/${name}`, 'utf8'))))

const hash = createHash('sha256')
for (const [path, text] of [...files].sort()) hash.update(`${path}\0${text}\0`)
const build = hash.digest('hex').slice(0, 16)
const html = readFileSync(`${source}index.html`, 'utf8').replaceAll('BUILD/', `${build}/`)

function write(path, text) {
  const bytes = Buffer.from(text)
  mkdirSync(dirname(target + path), { recursive: true })
  writeFileSync(target + path, bytes)
  writeFileSync(`${target}${path}.gz`, gzipSync(bytes, { level: 9 }))
  writeFileSync(
    `${target}${path}.br`,
    brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
  )
}

rmSync(target, { recursive: true, force: true })
for (const [path, text] of files) write(`${build}/${path}`, text)
write('index.html', html)
rmSync(compiled, { recursive: true })
