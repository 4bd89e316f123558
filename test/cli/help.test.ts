import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bashCompletion } from '../../src/cli/print/completion.ts'
import { run } from '../../src/cli/run.ts'
import { COMMANDS } from '../../src/cli/words.ts'
import { readSettings } from '../../src/config.ts'
import { clear, newFolder, recorded, type Recorded } from './program.ts'

let folder = ''

beforeEach(async () => {
  folder = await newFolder()
  process.env['XDMS_DATA'] = folder
})
afterEach(clear)

async function command(line: string): Promise<{ readonly code: number; readonly terminal: Recorded }> {
  const terminal = recorded(Readable.from(['']))
  return { code: await run(line.split(' '), { terminal, self: [] }), terminal }
}

describe('help', () => {
  it.each(COMMANDS.map(({ name, says }) => [name, says]))('api §Settings: %s is explained', async (name, says) => {
    for (const line of [`help ${name}`, `${name} --help`, `${name} -h`]) {
      const { code, terminal } = await command(line)
      expect([code, terminal.complained], line).toEqual([0, []])
      expect(terminal.said.join('\n').split('\n')[1], line).toBe(`  ${says}`)
    }
  })

  it('api §Settings: the first word of several commands explains each of them', async () => {
    const { code, terminal } = await command('help user')
    expect(code).toBe(0)
    expect(terminal.said.join('\n')).toMatch(/user add XUI[^]*user list[^]*user remove/)
  })

  it.each([
    ['usr', 'There is no command "usr". Did you mean user? `cpm-xdms help` lists them.'],
    ['help sevre', 'There is no command "sevre". Did you mean serve? `cpm-xdms help` lists them.'],
    ['user ad', 'After "user" comes add, list, password, role, unlock, import or remove, not "ad". Did you mean add?'],
    ['serve --port 9090', 'There is no option --port; it is a setting: XDMS_PORT=… before the command.'],
    [
      'user add sip:a@example.com --rol user',
      'There is no option --rol. Did you mean --role? `cpm-xdms help user add` lists them.',
    ],
    [
      'print completion-bas',
      'There is no "completion-bas" to print. Did you mean completion-bash? `cpm-xdms print` lists what there is.',
    ],
    ['serve --config', '--config names a file with settings.'],
  ])('api §Settings: "%s" is answered with what was meant', async (line, says) => {
    const { code, terminal } = await command(line)
    expect([code, terminal.complained]).toEqual([2, [`cpm-xdms: ${says}`]])
  })

  it.each(['user list', 'user password sip:a@example.com', 'export x.ndjson'])(
    'api §Settings: "%s" makes no store, and says where none is',
    async (line) => {
      const file = join(folder, 'xdms.sqlite')
      const { code, terminal } = await command(line)
      expect([code, terminal.complained]).toEqual([
        1,
        [`cpm-xdms: There is no store ${file}. XDMS_DATA says where it is; \`serve\` and \`user add\` make one.`],
      ])
      expect(existsSync(file)).toBe(false)
    },
  )
})

describe('completion', () => {
  it.each([
    ['cpm-xdms us', 1, ['user']],
    ['cpm-xdms user a', 2, ['add']],
    ['cpm-xdms user add --r', 3, ['--role']],
    ['cpm-xdms watch --wh', 2, ['--what']],
    ['cpm-xdms watch --url https://x --us', 4, ['--user']],
  ])('api §Settings: bash completes "%s"', (line, at, offered) => {
    const script = `${bashCompletion()}
      COMP_WORDS=(${line}); COMP_CWORD=${at}; _cpm_xdms; printf '%s\\n' "\${COMPREPLY[@]}"`
    const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], { encoding: 'utf8' })
    expect([stdout.trim().split('\n'), stderr]).toEqual([offered, ''])
  })
})

describe('--config FILE', () => {
  it('api §Settings: its settings hold, the environment counts more, and a mistake in it is said', async () => {
    const file = join(folder, 'xdms.env')
    writeFileSync(file, '# ours\nXDMS_DATA=/elsewhere\nXDMS_PORT=0\nXDMS_REALM="two words"\nXDMS_PROT=1\n')
    try {
      const { code, terminal } = await command(`user list --config ${file}`)
      expect([code, terminal.complained]).toEqual([
        1,
        ['cpm-xdms: XDMS_PROT is no setting of this server. Did you mean XDMS_PORT?'],
      ])
      delete process.env['XDMS_PROT']
      const { XDMS_DATA, XDMS_PORT, XDMS_REALM } = readSettings()
      expect({ XDMS_DATA, XDMS_PORT, XDMS_REALM }).toEqual({ XDMS_DATA: folder, XDMS_PORT: 0, XDMS_REALM: 'two words' })
    } finally {
      for (const name of ['XDMS_PORT', 'XDMS_REALM', 'XDMS_PROT']) delete process.env[name]
    }
  })

  it('api §Settings: a file that is not there is said', async () => {
    const { code, terminal } = await command('--config /nowhere/xdms.env user list')
    expect(code).toBe(1)
    expect(terminal.complained).toEqual([
      'cpm-xdms: The settings in /nowhere/xdms.env cannot be read: ' +
        "ENOENT: no such file or directory, open '/nowhere/xdms.env'",
    ])
  })
})
