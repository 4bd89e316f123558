import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { parseEnv } from 'node:util'
import { parse } from 'yaml'
import { expect, it } from 'vitest'
import { grafana, prometheusRules } from '../../src/cli/print/observing.ts'
import { compose, containerfile, env } from '../../src/cli/print/service.ts'
import { run } from '../../src/cli/run.ts'
import { readSettings } from '../../src/config.ts'
import { ROOT, recorded } from './program.ts'

const NAMES = [
  'env',
  'systemd',
  'containerfile',
  'compose',
  'nginx',
  'caddy',
  'prometheus-rules',
  'grafana',
  'fail2ban',
  'completion-bash',
  'completion-zsh',
  'kamailio',
  'kamailio-tls',
]

async function printed(...words: readonly string[]): Promise<string> {
  const terminal = recorded(Readable.from(['']))
  expect(await run(['print', ...words], { terminal, self: [] })).toBe(0)
  return terminal.said.join('\n')
}

it('api §Settings: print says what there is to print, and prints it', async () => {
  const listed = await printed()
  expect(listed.split('\n').map((line) => line.split(' ')[0])).toEqual(NAMES)
  for (const name of NAMES.filter((each) => !each.startsWith('kamailio')))
    expect((await printed(name)).length).toBeGreaterThan(500)
})

it('api §Settings: the file of settings says every default as it is', () => {
  const uncommented = env().replaceAll(/^#(XDMS_\w+=.+)$/gm, '$1')
  expect(readSettings({ ...parseEnv(uncommented) })).toEqual(readSettings({}))
})

it('api §Settings: what is no program’s input here is at least what its format says', () => {
  const { services } = parse(compose()) as { services: Record<string, { environment?: Record<string, string> }> }
  expect(Object.keys(services)).toEqual(['xdms', 'caddy'])
  expect(() => readSettings(services['xdms']?.environment)).not.toThrow()
  const [, settings = ''] = /^ENV (.*)$/m.exec(containerfile()) ?? []
  expect(readSettings(Object.fromEntries(settings.split(' ').map((each) => each.split('=')))).XDMS_DATA).toBe('/data')
  expect((JSON.parse(grafana()) as { panels: unknown[] }).panels).toHaveLength(10)
  expect((parse(prometheusRules()) as { groups: unknown[] }).groups).toHaveLength(1)
})

it('api §Operation: for each alarm the operators’ manual says what to do', () => {
  const manual = readFileSync(`${ROOT}src/cli/README.md`, 'utf8')
  const { groups } = parse(prometheusRules()) as { groups: readonly { rules: readonly { alert: string }[] }[] }
  const alarms = groups.flatMap(({ rules }) => rules.map(({ alert }) => alert))
  expect([...manual.matchAll(/^\| `(Xdms\w+)` \|/gm)].map(([, name]) => name)).toEqual(alarms)
})
