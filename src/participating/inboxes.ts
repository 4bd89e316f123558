/** The inboxes that are open in this process. What matters about them survives elsewhere: an offer is in the home before it is sent. */
import type { Randomness } from '../clock.ts'
import type { Xui } from '../names.ts'
import type { InboxSink } from './participating.ts'

interface OpenInbox {
  /** Never the same again, also not after a restart. */
  readonly name: string
  readonly sink: InboxSink
}

export interface Inboxes {
  /** An inbox already open for the device is ended. Returns how the far end says that it has gone. */
  open(owner: Xui, device: string, sink: InboxSink): () => void
  /** Inboxes of one user: their names, by device. */
  of(owner: string): ReadonlyMap<string, string>
  /** The far end, if this very inbox is still open. */
  sink(owner: string, device: string, name: string): InboxSink | undefined
  end(owner: string, device: string): void
  endAll(): void
  owners(): readonly Xui[]
  count(): number
}

export function createInboxes(random: Randomness): Inboxes {
  const byOwner = new Map<string, Map<string, OpenInbox>>()

  const remove = (owner: string, device: string, name?: string): OpenInbox | undefined => {
    const devices = byOwner.get(owner)
    const inbox = devices?.get(device)
    if (devices === undefined || inbox === undefined || (name !== undefined && inbox.name !== name)) return undefined
    devices.delete(device)
    if (devices.size === 0) byOwner.delete(owner)
    return inbox
  }

  return {
    open(owner, device, sink) {
      remove(owner, device)?.sink.end()
      const name = Buffer.from(random(9)).toString('base64url')
      const devices = byOwner.get(owner) ?? new Map<string, OpenInbox>()
      byOwner.set(owner, devices.set(device, { name, sink }))
      return () => void remove(owner, device, name)
    },
    of: (owner) => new Map([...(byOwner.get(owner) ?? [])].map(([device, { name }]) => [device, name])),
    sink(owner, device, name) {
      const inbox = byOwner.get(owner)?.get(device)
      return inbox?.name === name ? inbox.sink : undefined
    },
    end: (owner, device) => remove(owner, device)?.sink.end(),
    endAll() {
      for (const [owner, devices] of [...byOwner]) for (const device of [...devices.keys()]) remove(owner, device)?.sink.end()
    },
    owners: () => [...byOwner.keys()] as Xui[],
    count: () => [...byOwner.values()].reduce((sum, devices) => sum + devices.size, 0),
  }
}
