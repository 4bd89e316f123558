// For rollup's command (`rollup -c .ci/rollup.mjs`), after the compiler: makes few files of many, because Node opens, reads and links each by itself.
// In WebAssembly, so that it is there where optional packages are not.
import { rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const dist = fileURLToPath(new URL('../dist/', import.meta.url))

/** What `dist/zod.js` needs of zod, whose own entries open the texts of some fifty languages. */
const zodAlone = {
  input: `${dist}zod.js`,
  plugins: [{ name: 'zod', resolveId: (name) => (name === 'zod' ? zodEntry() : null) }],
  treeshake: { moduleSideEffects: false },
  // Of zod's comments for other bundlers, and of circles among its own files.
  onwarn: () => {},
  output: {
    file: `${dist}zod.js`,
    format: 'es',
    banner: '/*! zod, MIT License, Copyright (c) Colin McDonnell: https://zod.dev */',
  },
}

function zodEntry() {
  return createRequire(import.meta.url).resolve('zod/package.json').replace(/package\.json$/, 'index.js')
}

/**
 * The program: its modules were a third of a start, and at its height more open files than some systems allow. A command still reads only what it
 * needs: what is imported when it is wanted is a file apart.
 */
const program = {
  input: `${dist}main.js`,
  external: (id) => !id.startsWith('.') && !id.startsWith(dist),
  plugins: [
    { name: 'afresh', buildStart: () => rmSync(`${dist}program`, { recursive: true, force: true }) },
    { name: 'places', resolveImportMeta: standsWhereItStood },
  ],
  treeshake: false,
  onwarn(warning) {
    throw new Error(warning.message)
  },
  output: { dir: dist, format: 'es', entryFileNames: '[name].js', chunkFileNames: nameOf },
}

/** A file that a module finds from where it stands is found from there still. */
function standsWhereItStood(property, { chunkId, moduleId }) {
  if (property !== 'url') return null
  const path = relative(dirname(dist + chunkId), moduleId).replaceAll('\\', '/')
  return `new URL(${JSON.stringify(path.startsWith('.') ? path : `./${path}`)}, import.meta.url).href`
}

/** Named after the module that it begins with, so that a stack trace says where to look. */
function nameOf({ facadeModuleId, moduleIds }) {
  return `program/${relative(dist, facadeModuleId ?? moduleIds.at(-1)).replaceAll('\\', '/')}`
}

export default [zodAlone, program]
