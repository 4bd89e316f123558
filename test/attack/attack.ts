/** What an attack is, and what all of them use. */
import { connect, type Socket } from 'node:net'
import { Connection } from '../bench/connection.ts'
import { login } from '../bench/load.ts'

export interface Target {
  readonly url: string
  /** Resolves when the attack has lasted as long as it was asked to. */
  readonly over: Promise<void>
}

export interface Attack {
  /** As in test/conformance.md. */
  readonly id: string
  readonly says: string
  run(target: Target): Promise<void>
}

export const JSON_TYPE = { 'content-type': 'application/json' }
export const MIB = 1024 * 1024
/** As long as a message may be, in base64, with its frame. */
export const BLOW_BYTES = 13_900_000

export const bob = (url: string): Connection => new Connection(url, login('bob'))

/** Refused or cut off: both are right, and the attacker does not mind. */
export async function tried(work: Promise<unknown>): Promise<void> {
  await work.catch(() => undefined)
}

export async function open(url: string, first = ''): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  await new Promise<void>((resolve) => socket.once('connect', resolve).once('close', () => resolve()))
  if (first !== '') socket.write(first)
  return socket
}
