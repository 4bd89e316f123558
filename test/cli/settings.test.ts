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
