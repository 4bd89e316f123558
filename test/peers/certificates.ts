/** Certificates as an operator makes them, with openssl. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Certificates {
  readonly folder: string
  file(name: string): string
  /** `NAME.pem` and `NAME.key`, signed by the authority `ca.pem`. @param names as in subjectAltName. */
  signed(name: string, names: string): void
  /** Signed by itself. */
  alone(name: string, names: string): void
  remove(): void
}

const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']

export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'cpm-xdms-certificates-'))
  const openssl = (...words: readonly string[]): void => {
    execFileSync('openssl', [...words], { cwd: folder, stdio: 'pipe' })
  }
  const byItself = (name: string, ...more: readonly string[]): void =>
    openssl('req', '-x509', ...CURVE, '-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', `/CN=${name}`, ...more)
  byItself('ca')
  return {
    folder,
    file: (name) => join(folder, name),
    signed(name, names) {
      openssl('req', ...CURVE, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`)
      writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${names}\n`)
      const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', `${name}.ext`]
      openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, ...by)
    },
    alone: (name, names) => byItself(name, '-addext', `subjectAltName=${names}`),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
