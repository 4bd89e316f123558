/**
 * `npm run test:plants`: each mistake of `source-plants.ts` is put into a copy of the sources, and the simulations
 * must find it within 2,000 histories, always the same ones. The copy is gone afterwards.
 */
import { spawn } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SOURCE_PLANTS, type SourcePlant } from './source-plants.ts'

const HISTORIES = 2000
const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const COPIED = ['src', 'schemas', 'package.json', 'tsconfig.json', 'test/participating', 'test/store']

interface Caught {
  readonly after: number
  readonly failure?: string
}

async function plant({ file, old, new: instead }: SourcePlant): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'plant-'))
  for (const path of COPIED) await cp(join(ROOT, path), join(copy, path), { recursive: true })
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
  const path = join(copy, 'src/participating', file)
  const text = await readFile(path, 'utf8')
  if (text.split(old).length !== 2) throw new Error(`${file} does not have once: ${old}`)
  await writeFile(
    path,
    text.replace(old, () => instead),
  )
  return copy
}

function histories(copy: string): Promise<Caught> {
  const program = join(copy, 'test/participating/simulation/until-caught.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', program, String(HISTORIES)], { cwd: copy })
  let said = ''
  let complained = ''
  child.stdout.on('data', (data) => (said += String(data)))
  child.stderr.on('data', (data) => (complained += String(data)))
  return new Promise((resolve, reject) => {
    child.once('close', () => {
      const last = said.trim().split('\n').at(-1) ?? ''
      if (last.startsWith('{')) resolve(JSON.parse(last) as Caught)
      else reject(new Error(`No history ended: ${complained.slice(0, 2000)}`))
    })
  })
}

let missed = 0
const asked = process.argv.slice(2)
for (const one of SOURCE_PLANTS.filter(({ mistake }) => asked.length === 0 || asked.includes(mistake))) {
  const copy = await plant(one)
  try {
    const { after, failure } = await histories(copy)
    if (failure === undefined) missed += 1
    console.log(
      `${one.mistake}: ${failure === undefined ? `NOT FOUND in ${after}` : `found after ${after}, ${failure}`}`,
    )
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
}
process.exit(missed === 0 ? 0 : 1)
