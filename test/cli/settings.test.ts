import { expect, it } from 'vitest'
import { readSettings, SettingFault } from '../../src/config.ts'

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
  ['XDMS_STORE', 'mongodb://xdms:secret@db1.example,db2.example/xdms?replicaSet=rs0', 'accepted'],
])('api §Settings: %s=%s: %s', (name, value, says) => {
  expect(faultOf({ [name]: value })).toBe(says)
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
