/** What the documents name is there: a file, a folder, a function, a script. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT, sourcesBelow } from './tree.ts'

const DOCUMENTS = [
  'README.md',
  'src/README.md',
  'src/cli/README.md',
  'schemas/README.md',
  'test/README.md',
  'test/bench/README.md',
  '.github/CONTRIBUTING.md',
]
/** From where a path may be meant: a walk through the server leaves `src/` out. */
const FOLDERS = ['', 'src', 'src/participating', 'src/page', 'test']
const FILE = /^[\w./-]+\.(?:ts|mjs|xsd|json|yaml|md|sh|sql|html)$/
const FOLDER = /^[\w.-]+(?:\/[\w.-]+)*\/$/

const textOf = (document: string): string => readFileSync(join(ROOT, document), 'utf8')
/** Without what a reader types. */
const proseOf = (document: string): string => textOf(document).replace(/^```.*?^```/gms, '')
const wordsIn = (prose: string): readonly string[] => [...prose.matchAll(/`([^`\s]+)`/g)].map(([, word = '']) => word)
const linksIn = (prose: string): readonly string[] =>
  [...prose.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, path = '']) => path)

it('design §3: the files and folders that a document names are there', () => {
  const missing = DOCUMENTS.flatMap((document) => {
    const prose = proseOf(document)
    const named = [...wordsIn(prose).filter((word) => FILE.test(word) || FOLDER.test(word)), ...linksIn(prose)]
    const isThere = (path: string): boolean =>
      [dirname(document), ...FOLDERS].some((folder) => existsSync(join(ROOT, folder, path)))
    return named.filter((path) => !isThere(path)).map((path) => `${document}: ${path}`)
  })
  expect(missing).toEqual([])
})

it('design §3: a file that a comment names is there', () => {
  const missing = [...sourcesBelow('src'), ...sourcesBelow('test')].flatMap(({ path, text }) =>
    [...text.matchAll(/^\s*(?:\/\/|\/?\*).*$/gm)].flatMap(([comment]) =>
      wordsIn(comment)
        .filter((word) => /^[\w/-]+\.(?:test\.)?(?:ts|xsd)$/.test(word))
        .filter(
          (word) =>
            ![dirname(path), 'src/store/mongodb', ...FOLDERS].some((folder) => existsSync(join(ROOT, folder, word))),
        )
        .map((word) => `${path}: ${word}`),
    ),
  )
  expect(missing).toEqual([])
})

it('design §3: the functions that a document names are in the sources', () => {
  const all = sourcesBelow('src')
    .map(({ text }) => text)
    .join('\n')
  const missing = ['src/README.md', '.github/CONTRIBUTING.md'].flatMap((document) =>
    wordsIn(proseOf(document))
      .flatMap((word) => /^(\w+)\(.*\)$/.exec(word)?.[1] ?? [])
      .filter((name) => !new RegExp(`\\b(?:function\\*?|const|async) ${name}\\b`).test(all))
      .map((name) => `${document}: ${name}`),
  )
  expect(missing).toEqual([])
})

it('design §3: the scripts that a document names are in package.json', () => {
  const { scripts } = JSON.parse(textOf('package.json')) as { readonly scripts: Readonly<Record<string, string>> }
  const missing = DOCUMENTS.flatMap((document) =>
    [...textOf(document).matchAll(/npm run (?:-s )?([a-z:]+)/g)]
      .filter(([, name = '']) => scripts[name] === undefined)
      .map(([, name]) => `${document}: ${name}`),
  )
  expect(missing).toEqual([])
})

it('design §4: the architecture names each room, and no other', () => {
  const [, rooms = ''] = /^```\n(src\/main\.ts.*?)^```/ms.exec(textOf('src/README.md')) ?? []
  const named = [...rooms.matchAll(/^src\/([\w-]+)\//gm)].map(([, room]) => room)
  const there = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
  expect(named.sort()).toEqual(there.map(({ name }) => name).sort())
})
