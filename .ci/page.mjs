// Makes dist/page of what was compiled from src/page: files as they are served, with no import that a browser cannot follow.
// All lie in one folder that is named after what is in them, so that browsers keep them for good.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const root = fileURLToPath(new URL('..', import.meta.url))
const source = `${root}src/page/`
const compiled = `${root}dist/page-compiled/`
const target = `${root}dist/page/`

const VENDOR = {
  preact: 'vendor/preact.js',
  'preact/hooks': 'vendor/hooks.js',
  htm: 'vendor/htm.js',
}
const FIRST = 'page/main.js'

function packageFile(name, file) {
  return join(root, 'node_modules', name, file)
}

/** By path in the folder. */
const files = new Map()
for (const entry of readdirSync(compiled, { recursive: true, withFileTypes: true }))
  if (entry.isFile() && entry.name.endsWith('.js')) {
    const path = join(entry.parentPath, entry.name)
    files.set(path.slice(compiled.length).replaceAll('\\', '/'), readFileSync(path, 'utf8'))
  }
files.set(VENDOR.preact, readFileSync(packageFile('preact', 'dist/preact.mjs'), 'utf8'))
files.set(VENDOR['preact/hooks'], readFileSync(packageFile('preact', 'hooks/dist/hooks.mjs'), 'utf8'))
files.set(VENDOR.htm, readFileSync(packageFile('htm', 'dist/htm.module.js'), 'utf8'))

const IMPORT = /(\bfrom\s*|\bimport\s*\(?\s*)(['"])([^'"]+)\2/g
for (const [path, text] of files) {
  const local = text.replace(IMPORT, (whole, word, quote, name) => {
    if (name.startsWith('.')) return whole
    const at = VENDOR[name]
    if (at === undefined) return whole
    const relative = posix.relative(posix.dirname(path), at)
    return `${word}${quote}${relative.startsWith('.') ? relative : `./${relative}`}${quote}`
  })
  files.set(path, local.replace(/^\/\/# sourceMappingURL=.*$/gm, ''))
}

files.set('pico.css', readFileSync(packageFile('@picocss/pico', 'css/pico.min.css'), 'utf8'))
for (const name of ['style.css', 'icon.svg']) files.set(name, readFileSync(source + name, 'utf8'))
for (const name of readdirSync(`${source}texts`).filter((one) => one.endsWith('.json')))
  files.set(`texts/${name}`, JSON.stringify(JSON.parse(readFileSync(`${source}texts/${name}`, 'utf8'))))

/** What the first view imports, and what that imports. */
function below(path, found = new Set()) {
  if (found.has(path)) return found
  found.add(path)
  for (const [, word, , name] of files.get(path).matchAll(IMPORT))
    if (!word.includes('import') || !word.includes('('))
      if (name.startsWith('.')) below(posix.join(posix.dirname(path), name), found)
  return found
}

const hash = createHash('sha256')
for (const [path, text] of [...files].sort()) hash.update(`${path}\0${text}\0`)
const build = hash.digest('hex').slice(0, 16)
const preloads = [...below(FIRST)]
  .filter((path) => path !== FIRST)
  .map((path) => `<link rel="modulepreload" href="${build}/${path}">`)
const html = readFileSync(`${source}index.html`, 'utf8')
  .replace('<!-- preloads -->', preloads.join('\n'))
  .replaceAll('BUILD/', `${build}/`)

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
