/**
 * The certificate of the server: read at the start, and again when its files change, so that a renewal needs no
 * restart.
 */
import { readFileSync } from 'node:fs'
import type { SecureContextOptions } from 'node:tls'
import { createSecureContext } from 'node:tls'
import { createAlarm, type Clock } from '../clock.ts'
import type { HttpLog } from './rooms.ts'
import type { TlsFiles } from './settings.ts'

/** A certificate is renewed days before it ends; looking costs two small files. */
const LOOK_AGAIN_MS = 10_000

/** @throws Error that names the setting, for files that cannot be read or do not belong together. */
export function readTls({ cert, key, clientCa }: TlsFiles): SecureContextOptions {
  const options: SecureContextOptions = {
    cert: read(cert, 'XDMS_TLS_CERT'),
    key: read(key, 'XDMS_TLS_KEY'),
    ...(clientCa === undefined ? {} : { ca: read(clientCa, 'XDMS_TLS_CLIENT_CA') }),
    // RFC 9325 §3.1.1: TLS 1.0 and 1.1 must not be negotiated.
    minVersion: 'TLSv1.2',
  }
  try {
    createSecureContext(options)
  } catch (error) {
    throw new Error(`XDMS_TLS_CERT and XDMS_TLS_KEY do not belong together: ${(error as Error).message}`, {
      cause: error,
    })
  }
  return options
}

function read(file: string, name: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new Error(`${name} cannot be read: ${(error as Error).message}`, { cause: error })
  }
}

interface Renewable {
  setSecureContext(options: SecureContextOptions): void
}

/**
 * Connections that are open keep what they have. Files that are half written, or do not fit yet, change nothing.
 * @returns how to stop looking.
 */
export function renewTls(server: Renewable, files: TlsFiles, clock: Clock, log: HttpLog): () => void {
  let current = textOf(readTls(files))
  let said = ''
  const look = (): void => {
    try {
      const options = readTls(files)
      const text = textOf(options)
      if (text !== current) {
        server.setSecureContext(options)
        current = text
        log.info({ file: files.cert }, 'the certificate was renewed')
      }
      said = ''
    } catch (error) {
      const { message } = error as Error
      if (message !== said) log.error({ err: error }, 'the certificate could not be renewed; the one before stays')
      said = message
    }
    alarm.set(clock.now() + LOOK_AGAIN_MS)
  }
  const alarm = createAlarm(clock, look)
  alarm.set(clock.now() + LOOK_AGAIN_MS)
  return alarm.callOff
}

function textOf({ cert, key, ca }: SecureContextOptions): string {
  return [cert, key, ca].map(String).join('\n')
}
