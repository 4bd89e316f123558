import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run } from '../../src/cli/run.ts'
import { clear, newFolder, recorded, type Recorded } from './program.ts'

let folder = ''

beforeEach(async () => {
  folder = await newFolder()
  process.env['XDMS_DATA'] = folder
})
afterEach(clear)

async function command(line: string, input = ''): Promise<{ readonly code: number; readonly terminal: Recorded }> {
  const terminal = recorded(Readable.from([input]))
  return {
    code: await run(
      line.split(' ').filter((word) => word !== ''),
      { terminal, self: [] },
    ),
    terminal,
  }
}

describe('the command line', () => {
  it('api §Settings: without a command it says how it is used, and that this was no command', async () => {
    const { code, terminal } = await command('')
    expect(code).toBe(2)
    expect(terminal.said).toEqual([])
    expect(terminal.complained.join('\n')).toContain('cpm-xdms user add XUI --role ROLE')
  })

  it.each(['help', '--help', '-h', 'serve --help'])('api §Settings: %s explains', async (line) => {
    const { code, terminal } = await command(line)
    expect(code).toBe(0)
    expect(terminal.said.join('\n')).toContain('cpm-xdms serve')
  })

  it('api §Settings: version prints the version and nothing else', async () => {
    const { code, terminal } = await command('version')
    expect(code).toBe(0)
    expect(terminal.said).toEqual(['0.1.0'])
  })

  it.each([
    ['serv', 'There is no command "serv". Did you mean serve? `cpm-xdms help` lists them.'],
    ['constructor', 'There is no command "constructor". `cpm-xdms help` lists them.'],
    ['user', 'After "user" comes add, list, password, role, unlock, import or remove.'],
    ['user toString', 'After "user" comes add, list, password, role, unlock, import or remove, not "toString".'],
    ['user add', 'One XUI is needed, like sip:alice@example.com.'],
    ['user add sip:a@example.com sip:b@example.com --role user', 'One XUI is needed, like sip:alice@example.com.'],
    ['user add http:alice --role user', '"http:alice" is no XUI; one is like sip:alice@example.com.'],
    ['user add sip:alice@example.com', '--role is one of user, participating-function, administrator.'],
    ['user add sip:alice@example.com --role king', '--role is one of user, participating-function, administrator.'],
    [
      'user remove sip:alice@example.com',
      '--documents is keep or delete: what becomes of his documents is yours to say.',
    ],
  ])('api §Settings: "%s" is not understood, in one line', async (line, says) => {
    const { code, terminal } = await command(line)
    expect(code).toBe(2)
    expect(terminal.complained).toEqual([`cpm-xdms: ${says}`])
    expect(terminal.said).toEqual([])
  })

  it('api §Settings: an unknown option is not understood', async () => {
    const { code, terminal } = await command('user list --all')
    expect(code).toBe(2)
    expect(terminal.complained).toHaveLength(1)
    expect(terminal.complained[0]).toContain('--all')
  })

  it('api §Settings: a setting that cannot be read ends with a line for each, and nothing is made', async () => {
    process.env['XDMS_PORT'] = 'http'
    process.env['XDMS_COLOUR'] = 'red'
    try {
      const { code, terminal } = await command('user list')
      expect(code).toBe(1)
      expect(terminal.complained).toEqual([
        'cpm-xdms: XDMS_COLOUR is no setting of this server.',
        'cpm-xdms: XDMS_PORT must be a port, 0 to 65535; it is "http"',
      ])
    } finally {
      delete process.env['XDMS_PORT']
      delete process.env['XDMS_COLOUR']
    }
  })
})
