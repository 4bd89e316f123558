/** The commands `export` and `import`, as processes, between stores of real servers. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { populate, registerPhones } from '../kill/scenario.ts'
import { clear as clearServers } from '../kill/server-process.ts'
import { clear, newFolder } from './program.ts'
import { command, lifeGoesOnIn, serving } from './transfer-scenario.ts'

afterEach(clear)
afterEach(clearServers)

describe('export and import', () => {
  it('X5, D4: what was in one store is in the other: a watcher goes on with his last id, an old ETag holds, a message that waited arrives', async () => {
    await lifeGoesOnIn({ XDMS_DATA: await newFolder() })
  }, 60_000)

  it('api §Settings: an export may be taken of a running server; an import into a store that is in use is refused', async () => {
    const folder = await populate(await newFolder())
    const { server, url } = await serving({ XDMS_DATA: folder })
    await registerPhones(url)
    const file = join(await newFolder(), 'xdms.ndjson')
    expect((await command({ XDMS_DATA: folder }, 'export', file)).code).toBe(0)
    expect(await command({ XDMS_DATA: folder }, 'import', file)).toMatchObject({
      code: 1,
      errors:
        `cpm-xdms: There is something in the store ${join(folder, 'xdms.sqlite')} already. An import ` +
        `wants an empty one.\n`,
    })
    expect(await command({ XDMS_DATA: folder }, 'export', file)).toMatchObject({
      code: 1,
      errors: `cpm-xdms: ${file} is there already. Give another name.\n`,
    })
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
  })

  it('api §Settings: what cannot be moved is said in one line', async () => {
    const folder = await newFolder()
    const file = join(folder, 'file')
    expect(await command({ XDMS_DATA: folder }, 'export')).toMatchObject({
      code: 2,
      errors: 'cpm-xdms: One FILE is needed, like xdms-export.ndjson.\n',
    })
    expect(await command({ XDMS_DATA: folder }, 'import', 'a', 'b')).toMatchObject({
      code: 2,
      errors: 'cpm-xdms: One FILE is needed, like xdms-export.ndjson.\n',
    })
    expect(await command({ XDMS_DATA: folder }, 'import', file)).toMatchObject({
      code: 1,
      errors: `cpm-xdms: There is no file ${file}.\n`,
    })
    expect(await command({ XDMS_DATA: folder }, 'export', file)).toMatchObject({
      code: 1,
      errors:
        `cpm-xdms: There is no store ${join(folder, 'xdms.sqlite')}. XDMS_DATA says where it is; ` +
        '`serve` and `user add` make one.\n',
    })
    await writeFile(file, 'id,name\n1,Alice\n')
    expect(await command({ XDMS_DATA: folder }, 'import', file)).toMatchObject({
      code: 1,
      errors: `cpm-xdms: ${file} is no export of this program: it does not begin with the header of one.\n`,
    })
  })
})
