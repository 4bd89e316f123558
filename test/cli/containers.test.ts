/**
 * What `print containerfile` and `print compose` say, as far as it can be tried without a container: no image is built
 * here. Each step is run, or looked at, on this machine instead.
 */
import { existsSync, readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { parse } from 'yaml'
import { afterEach, beforeAll, expect, it } from 'vitest'
import { compose, containerfile } from '../../src/cli/print/service.ts'
import { firstWords } from '../../src/cli/words.ts'
import { freePort } from '../servers/free-port.ts'
import { ROOT, buildWhatIsOld, clear, newFolder, program } from './program.ts'

beforeAll(buildWhatIsOld, 120_000)
afterEach(clear)

/** Instructions with what stands behind them; continued lines are one, comments none. */
const STEPS = containerfile()
  .replaceAll('\\\n', ' ')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => /^([A-Z]+)\s+(.*)$/.exec(line) ?? [line, '', ''])
  .map(([, name = '', rest = '']) => ({ name, rest }))

const of = (name: string): readonly string[] => STEPS.filter((step) => step.name === name).map(({ rest }) => rest)

it('api §Operation: the container file is made of instructions that there are, from images with a name and a version', () => {
  expect(STEPS[0]?.name).toBe('FROM')
  const known = [
    'FROM',
    'WORKDIR',
    'COPY',
    'RUN',
    'ENV',
    'USER',
    'VOLUME',
    'EXPOSE',
    'HEALTHCHECK',
    'ENTRYPOINT',
    'CMD',
  ]
  expect(STEPS.filter(({ name }) => !known.includes(name))).toEqual([])
  for (const image of of('FROM')) expect(image).toMatch(/^docker\.io\/library\/node:24-slim(?: AS build)?$/)
  // What runs is not root, and stays so.
  expect(STEPS.findIndex(({ name }) => name === 'USER')).toBeGreaterThan(
    STEPS.findLastIndex(({ name }) => name === 'RUN'),
  )
  expect(of('USER')).toEqual(['node'])
})

it('api §Operation: each thing that it copies is there, and so is each that its commands run', () => {
  for (const copied of of('COPY')) {
    const stage = /--from=(\S+) /.exec(copied)?.[1]
    if (stage !== undefined) expect(of('FROM').some((image) => image.endsWith(` AS ${stage}`))).toBe(true)
    else expect(existsSync(`${ROOT}${copied.split(' ')[0]}`)).toBe(true)
  }
  expect(of('RUN')[0]).toBe('npm ci --omit=dev --omit=optional')
  const { scripts } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { scripts: Record<string, string> }
  const [, prepare = ''] = /^node (\S+)$/.exec(scripts['prepare'] ?? '') ?? []
  expect(existsSync(`${ROOT}${prepare}`)).toBe(true)
  const [entry, command] = [of('ENTRYPOINT'), of('CMD')].map(([list = '[]']) => JSON.parse(list) as readonly string[])
  expect(entry).toEqual(['node', 'dist/main.js'])
  expect(existsSync(`${ROOT}dist/main.js`)).toBe(true)
  expect(firstWords()).toContain(command?.[0])
})

it('api §Operation: with its settings the server is healthy by its own check, and ends on SIGTERM', async () => {
  const environment = Object.fromEntries(of('ENV').flatMap((line) => line.split(' ').map((each) => each.split('='))))
  const [port, adminPort] = [String(await freePort()), String(await freePort())]
  const server = program([], {
    command: [process.execPath, `${ROOT}dist/main.js`, 'serve'],
    environment: { ...environment, XDMS_DATA: await newFolder(), XDMS_PORT: port, XDMS_ADMIN_PORT: adminPort },
  })
  await server.printed(/^listening on /m)
  const [check = ''] = of('HEALTHCHECK')
  const [node = '', ...words] = JSON.parse(check.slice(check.indexOf('['))) as readonly string[]
  expect(node).toBe('node')
  const asked = (at: string) =>
    program([], { command: [process.execPath, ...words.map((word) => word.replace('8081', at))] }).ended
  expect(await asked(adminPort)).toBe(0)
  expect(await asked(String(await freePort()))).toBe(1)
  server.child.kill('SIGTERM')
  expect(await server.ended).toBe(0)
})

interface ComposeEntry {
  readonly image?: string
  readonly build?: { readonly context: string; readonly dockerfile: string }
  readonly environment?: Readonly<Record<string, string>>
  readonly volumes?: readonly string[]
  readonly networks?: readonly string[]
  readonly ports?: readonly string[]
  readonly depends_on?: readonly string[]
  readonly stop_grace_period?: string
}

it('api §Operation: in the compose file every service has an image, and all that it names is declared', () => {
  const file = parse(compose()) as {
    services: Record<string, ComposeEntry>
    networks: Record<string, { ipam: { config: { subnet: string }[] } }>
    volumes: Record<string, null>
  }
  expect(Object.keys(file)).toEqual(['services', 'networks', 'volumes'])
  for (const { image, build, volumes = [], networks = [], depends_on: needed = [] } of Object.values(file.services)) {
    expect((image === undefined) !== (build === undefined)).toBe(true)
    for (const volume of volumes) {
      const [from = '', to = ''] = volume.split(':')
      expect(from.startsWith('./') || from in file.volumes).toBe(true)
      expect(to).toMatch(/^\//)
    }
    for (const network of networks) expect(network in file.networks).toBe(true)
    for (const service of needed) expect(service in file.services).toBe(true)
  }
  const { xdms, caddy } = file.services
  // The Caddyfile's server, from the one network that both are in, is believed what it says of clients.
  expect(xdms?.environment?.['XDMS_TRUSTED_PROXIES']).toBe(file.networks['inside']?.ipam.config[0]?.subnet)
  expect(isIP(xdms?.environment?.['XDMS_TRUSTED_PROXIES']?.split('/')[0] ?? '')).toBe(4)
  expect([xdms?.ports, caddy?.ports]).toEqual([undefined, ['443:443', '80:80']])
  expect(xdms?.volumes).toEqual([`data:${of('VOLUME')[0]}`])
  // It drains within ten seconds.
  expect(Number.parseInt(xdms?.stop_grace_period ?? '', 10)).toBeGreaterThan(10)
})
