/** Opens the listeners, and closes them. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Desk } from './desk.ts'
import type { HttpRooms } from './rooms.ts'
import type { HttpSettings } from './settings.ts'

export interface Listening {
  /** `http://127.0.0.1:8080` */
  readonly url: string
  readonly adminUrl: string
  /** Takes no more connections, ends the event streams, lets begun requests finish; resolves within the drain time and a little. */
  close(): Promise<void>
}

/** Resolves when requests are served. Rejects with the error of the system where the address cannot be had. */
export async function listen(rooms: HttpRooms, settings: HttpSettings): Promise<Listening> {
  const desk = new Desk(rooms, settings)
  const admin = adminAddress(settings)
  const main = desk.serverFor({ public: true, admin: admin === 'same' })
  const url = await bind(main, settings.host, settings.port)
  if (admin === 'same') return { url, adminUrl: url, close: () => desk.drain([main]) }
  const own = desk.serverFor({ public: false, admin: true })
  try {
    const adminUrl = await bind(own, admin.host, admin.port)
    return { url, adminUrl, close: () => desk.drain([main, own]) }
  } catch (error) {
    await desk.drain([main])
    throw error
  }
}

/** What asks for no password is for this machine: the same listener while that is loopback, else one of its own. */
function adminAddress({ host, port, adminHost, adminPort }: HttpSettings): 'same' | { readonly host: string; readonly port: number } {
  if (adminHost === undefined && adminPort === undefined && isLoopback(host)) return 'same'
  const own = { host: adminHost ?? '127.0.0.1', port: adminPort ?? 8081 }
  return own.host === host && own.port === port && port !== 0 ? 'same' : own
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

/** @returns the address as a URL. */
function bind(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      const at = server.address() as AddressInfo
      resolve(`http://${host.includes(':') ? `[${host}]` : host}:${at.port}`)
    })
  })
}
