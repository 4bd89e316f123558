import { expect, it } from 'vitest'
import { readSettings, SettingFault, type SettingName } from '../../src/config.ts'
import { SETTINGS } from '../../src/settings.ts'

function faultOf(environment: Record<string, string>): string {
  try {
    readSettings(environment)
  } catch (error) {
    if (error instanceof SettingFault) return error.message
    throw error
  }
  return 'accepted'
}

it.each([
  [
    'XDMS_REALM',
    'müller.example',
    'XDMS_REALM must be printable ASCII without quotes, as it stands in header fields; it is "müller.example"',
  ],
  [
    'XDMS_REALM',
    'a"b',
    'XDMS_REALM must be printable ASCII without quotes, as it stands in header fields; it is "a"b"',
  ],
  ['XDMS_REALM', 'two words', 'accepted'],
  [
    'XDMS_XCAP_ROOT',
    '/api',
    'XDMS_XCAP_ROOT must leave /api, /docs, /openapi.yaml, /healthz, /readyz and /metrics alone; it is "/api"',
  ],
  [
    'XDMS_XCAP_ROOT',
    '/healthz/xcap',
    'XDMS_XCAP_ROOT must leave /api, /docs, /openapi.yaml, /healthz, /readyz and /metrics alone; it is "/healthz/xcap"',
  ],
  ['XDMS_XCAP_ROOT', '/apis', 'accepted'],
  ['XDMS_XCAP_ROOT', '/', 'accepted'],
  ['XDMS_DRAIN_MS', 'soon', 'XDMS_DRAIN_MS must be milliseconds, or have a unit: 500ms, 8s, 5m, 12h, 7d; it is "soon"'],
  ['XDMS_DRAIN_MS', '8 s', 'XDMS_DRAIN_MS must be milliseconds, or have a unit: 500ms, 8s, 5m, 12h, 7d; it is "8 s"'],
  ['XDMS_SESSION_MS', '10ms', 'XDMS_SESSION_MS must be at least 1000 ms; it is "10ms"'],
  [
    'XDMS_REGISTRATION_SECONDS',
    '500ms',
    'XDMS_REGISTRATION_SECONDS must be seconds, or have a unit: 90s, 5m, 12h, 7d; it is "500ms"',
  ],
  ['XDMS_STORE', 'mongodb://xdms:secret@db1.example,db2.example/xdms?replicaSet=rs0', 'accepted'],
])('api §Settings: %s=%s: %s', (name, value, says) => {
  expect(faultOf({ [name]: value })).toBe(says)
})

it.each([
  ['8000', 8_000],
  ['500ms', 500],
  ['8s', 8_000],
  ['5m', 300_000],
  ['12h', 43_200_000],
  ['7d', 604_800_000],
])('api §Settings: a duration may be written with its unit: %s', (written, milliseconds) => {
  expect(readSettings({ XDMS_DRAIN_MS: written }).XDMS_DRAIN_MS).toBe(milliseconds)
})

it('api §Settings: a number without a unit is in that of the name, and each setting of a duration takes units', () => {
  expect(readSettings({ XDMS_REGISTRATION_SECONDS: '90' }).XDMS_REGISTRATION_SECONDS).toBe(90)
  expect(readSettings({ XDMS_REGISTRATION_SECONDS: '2h' }).XDMS_REGISTRATION_SECONDS).toBe(7_200)
  const names = (Object.keys(SETTINGS) as SettingName[]).filter((name) => /_(?:MS|SECONDS(?:_AT_MOST)?)$/.test(name))
  expect(names.length).toBeGreaterThan(20)
  const read: Partial<Record<SettingName, unknown>> = readSettings(
    Object.fromEntries(names.map((name) => [name, '2d'])),
  )
  for (const name of names) expect([name, read[name]]).toEqual([name, name.endsWith('_MS') ? 172_800_000 : 172_800])
})

it('HOST-LOG1: the address of a database is not shown where it is wrong: there may be a password in it', () => {
  expect(faultOf({ XDMS_STORE: 'postgres://xdms:secret@db.example/xdms' })).toBe(
    'XDMS_STORE must be a MongoDB connection string, mongodb://host:port/name',
  )
})

const KUBERNETES = {
  XDMS_SERVICE_HOST: '10.0.0.1',
  XDMS_SERVICE_PORT: '8080',
  XDMS_SERVICE_PORT_HTTP: '8080',
  XDMS_PORT_8080_TCP: 'tcp://10.0.0.1:8080',
  XDMS_PORT_8080_TCP_PROTO: 'tcp',
  XDMS_PORT_8080_TCP_PORT: '8080',
  XDMS_PORT_8080_TCP_ADDR: '10.0.0.1',
  XDMS_TEST_SERVICE_HOST: '10.0.0.2',
  XDMS_TEST_PORT: 'tcp://10.0.0.2:80',
  XDMS_TEST_PORT_80_TCP_ADDR: '10.0.0.2',
}

it.each([
  [KUBERNETES, 'accepted'],
  [
    { ...KUBERNETES, XDMS_PORT: 'tcp://10.0.0.1:8080' },
    'XDMS_PORT is "tcp://10.0.0.1:8080", which Kubernetes writes for the Service "xdms": ' +
      'set XDMS_PORT in the container, or enableServiceLinks: false in the pod',
  ],
  [{ XDMS_ELSEWHERES_PORT: '80' }, 'XDMS_ELSEWHERES_PORT is no setting of this server.'],
])('api §Settings: what Kubernetes writes into a container is passed over, or explained (%#)', (environment, says) => {
  expect(faultOf(environment)).toBe(says)
})
