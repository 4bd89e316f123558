/** TLS as operators set it up: openssl makes the certificates, curl asks. */
import { execFile, execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { systemClock, type Clock } from '../../src/clock.ts'
import { passwordOf, startServer } from './server.ts'
import type { Running } from './server.ts'

const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'cpm-xdms-tls-'))
const file = (name: string): string => join(folder, name)
const openssl = (...args: string[]): unknown => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

function certificate(name: string, san: string, ca = 'ca'): void {
  openssl('req', ...CURVE, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`)
  writeFileSync(file(`${name}.ext`), `subjectAltName=@names\n[names]\n${san}\n`)
  const signed = ['-CA', `${ca}.pem`, '-CAkey', `${ca}.key`, '-CAcreateserial', '-days', '2']
  openssl('x509', '-req', '-in', `${name}.csr`, ...signed, '-out', `${name}.pem`, '-extfile', `${name}.ext`)
}

let server: Running | undefined
beforeAll(() => {
  for (const ca of ['ca', 'evil']) {
    openssl('req', '-x509', ...CURVE, '-keyout', `${ca}.key`, '-out', `${ca}.pem`, '-days', '2', '-subj', `/CN=${ca}`)
  }
  certificate('server', 'IP.1=127.0.0.1')
  certificate('renewed', 'IP.1=127.0.0.1')
  certificate('alice', 'DNS.1=phone.example.com\nURI.1=sip:alice@example.com')
  certificate('nobody', 'URI.1=sip:nobody@example.com')
  certificate('forged', 'URI.1=sip:alice@example.com', 'evil')
  certificate('quoted', 'URI.1="sip:x@example.com, URI:sip:alice@example.com, URI:y"')
})
afterEach(() => server?.close())
afterAll(() => rmSync(folder, { recursive: true }))

function withTls(environment: Record<string, string> = {}, clock?: Clock): Promise<Running> {
  copyFileSync(file('server.pem'), file('tls.pem'))
  copyFileSync(file('server.key'), file('tls.key'))
  const files = { XDMS_TLS_CERT: file('tls.pem'), XDMS_TLS_KEY: file('tls.key') }
  return startServer({ ...files, ...environment }, clock === undefined ? {} : { clock })
}

const PROFILES = '/api/users/sip:alice@example.com/profiles'
const curl = async (on: Running, ...args: readonly string[]): Promise<string> => {
  const asked = ['-s', '-o', '/dev/null', '-w', '%{http_code}', '--cacert', file('ca.pem'), ...args]
  return run('curl', [...asked, `${on.url}${PROFILES}`]).then(
    ({ stdout }) => stdout,
    (error: { code: number }) => `curl ${error.code}`,
  )
}
const client = (name: string): string[] => ['--cert', file(`${name}.pem`), '--key', file(`${name}.key`)]

it('X5: over TLS 1.2 and up, and no older; who speaks none is not answered', async () => {
  server = await withTls()
  expect(server.url).toMatch(/^https:/)
  const login = ['--digest', '-u', `alice:${passwordOf('sip:alice@example.com')}`]
  expect(await curl(server, ...login)).toBe('200')
  expect(await curl(server, ...login, '--tls-max', '1.2')).toBe('200')
  expect(await curl(server, ...login, '--tls-max', '1.1', '--ciphers', 'DEFAULT@SECLEVEL=0')).toMatch(/^curl \d+$/)
  await expect(fetch(server.url.replace('https', 'http'))).rejects.toThrow()
  expect(await curl(server, ...login)).toBe('200')
})

it('X5: a client certificate names its user; a forged one, one of nobody and one of a quoted name do not', async () => {
  server = await withTls({ XDMS_TLS_CLIENT_CA: file('ca.pem') })
  expect(await curl(server, ...client('alice'))).toBe('200')
  expect(await curl(server)).toBe('401')
  for (const name of ['nobody', 'forged', 'quoted']) expect(await curl(server, ...client(name)), name).toBe('401')
  // Who says in the header who he is, is judged by that alone.
  expect(await curl(server, ...client('alice'), '-H', 'Authorization: Bearer x')).toBe('401')
})

it('X5: a renewed certificate is taken without a restart, one that does not fit its key is not', async () => {
  const looks: (() => void)[] = []
  const clock: Clock = {
    now: systemClock.now,
    at: (instant, ring) => {
      if (instant - systemClock.now() > 9_000 && instant - systemClock.now() < 10_500) looks.push(ring)
      return systemClock.at(instant, ring)
    },
  }
  server = await withTls({}, clock)
  const { port } = new URL(server.url)
  const named = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: Number(port), rejectUnauthorized: false }, () => {
        resolve(String(socket.getPeerCertificate().subject.CN))
        socket.destroy()
      }).once('error', reject)
    })
  const look = (): void => looks.splice(0).forEach((each) => each())
  expect(await named()).toBe('server')
  copyFileSync(file('renewed.pem'), file('tls.pem'))
  look()
  expect(await named()).toBe('server')
  copyFileSync(file('renewed.key'), file('tls.key'))
  look()
  expect(await named()).toBe('renewed')
})

it('X5: what is no certificate stops the start, and the setting is named', async () => {
  await expect(withTls({ XDMS_TLS_CERT: file('none.pem') })).rejects.toThrow('XDMS_TLS_CERT cannot be read')
  await expect(withTls({ XDMS_TLS_KEY: file('alice.key') })).rejects.toThrow('do not belong together')
})

it('RFC 7617 §4: curl sends its password in plain, over TLS and where that is switched on', async () => {
  const plain = ['--basic', '-u', `alice@example.com:${passwordOf('sip:alice@example.com')}`]
  server = await withTls({ XDMS_BASIC: 'true' })
  expect(await curl(server, ...plain)).toBe('200')
  expect(await curl(server, ...plain.with(2, 'alice@example.com:wrong'))).toBe('401')
  await server.close()
  server = await withTls()
  expect(await curl(server, ...plain)).toBe('401')
})
