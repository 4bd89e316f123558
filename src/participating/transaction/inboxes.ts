/**
 * The inboxes that are open in this process. What matters about them survives elsewhere: an offer is in the home before
 * it is sent, and so is the name of the one inbox that a device has. The last one opened is the one, at whichever
 * server it is; the others are ended where they are, as soon as their home is looked at. A name that nobody serves (its
 * server died, its far end went) does no harm: the next one that is opened takes its place.
 */
import { deviceKey } from '../../device.ts'
import { identifier, type Randomness } from '../../clock.ts'
import type { Xui } from '../../names.ts'
import type { Registration } from '../state/queue.ts'
import type { InboxSink } from '../contracts/inbox.ts'

interface OpenInbox {
  /** Never the same again, also not after a restart. */
  readonly name: string
  readonly sink: InboxSink
  /**
   * The home has had its name. Before that it is being opened, and after that it is not the one where the home has
   * another.
   */
  readonly wasNamed: boolean
}

interface OwnersInboxes {
  readonly devices: ReadonlyMap<string, OpenInbox>
  /** The revision of the home that was decided on last. */
  readonly decidedAt: number | undefined
}

export interface Inboxes {
  /** An inbox already open here for the device is ended. `close`: the far end has gone. */
  open(owner: Xui, device: string, sink: InboxSink): { readonly name: string; readonly close: () => void }
  /** The names of those that are open here and are the ones of their devices, by device. */
  named(owner: string, registrations: readonly Registration[]): ReadonlyMap<string, string>
  /** The far end, if this very inbox is still open. */
  sink(owner: string, device: string, name: string): InboxSink | undefined
  /** The home was decided on, with these devices registered: ends what is not the inbox of one of them. */
  reconcile(owner: string, revision: number, registered: readonly Registration[]): void
  /** The revision of the home that was decided on last, if an inbox is open here. */
  decidedAt(owner: string): number | undefined
  has(owner: string): boolean
  /** Whether one is open here for the device. */
  isOpen(owner: string, device: string): boolean
  endAll(): void
  owners(): readonly Xui[]
  count(): number
}

export function createInboxes(random: Randomness): Inboxes {
  const byOwner = new Map<string, OwnersInboxes>()
  const devicesOf = (owner: string): ReadonlyMap<string, OpenInbox> =>
    byOwner.get(owner)?.devices ?? new Map<string, OpenInbox>()

  const keep = (owner: string, devices: ReadonlyMap<string, OpenInbox>, decidedAt: number | undefined): void => {
    if (devices.size === 0) byOwner.delete(owner)
    else byOwner.set(owner, { devices, decidedAt })
  }

  const remove = (owner: string, device: string, name: string): void => {
    const devices = devicesOf(owner)
    const key = deviceKey(device)
    if (devices.get(key)?.name !== name) return
    keep(owner, new Map([...devices].filter(([other]) => other !== key)), byOwner.get(owner)?.decidedAt)
  }

  return {
    open(owner, device, sink) {
      const before = devicesOf(owner)
      const name = identifier(random, 9)
      keep(owner, new Map(before).set(deviceKey(device), { name, sink, wasNamed: false }), undefined)
      before.get(deviceKey(device))?.sink.end()
      return { name, close: () => remove(owner, device, name) }
    },
    named(owner, registrations) {
      const devices = devicesOf(owner)
      const isOpen = (device: string, name: string): boolean => devices.get(deviceKey(device))?.name === name
      return new Map(
        registrations.flatMap(({ device, inbox }) =>
          inbox !== undefined && isOpen(device, inbox) ? [[device, inbox]] : [],
        ),
      )
    },
    sink(owner, device, name) {
      const inbox = devicesOf(owner).get(deviceKey(device))
      return inbox?.name === name ? inbox.sink : undefined
    },
    reconcile(owner, revision, registered) {
      const names = new Map(registered.map(({ device, inbox }) => [deviceKey(device), inbox]))
      const ended: OpenInbox[] = []
      const still = new Map<string, OpenInbox>()
      for (const [device, inbox] of devicesOf(owner)) {
        if (names.get(device) === inbox.name) still.set(device, inbox.wasNamed ? inbox : { ...inbox, wasNamed: true })
        else if (inbox.wasNamed) ended.push(inbox)
        else still.set(device, inbox)
      }
      keep(owner, still, revision)
      for (const { sink } of ended) sink.end()
    },
    decidedAt: (owner) => byOwner.get(owner)?.decidedAt,
    has: (owner) => byOwner.has(owner),
    isOpen: (owner, device) => devicesOf(owner).has(deviceKey(device)),
    endAll() {
      const all = [...byOwner.values()].flatMap(({ devices }) => [...devices.values()])
      byOwner.clear()
      for (const { sink } of all) sink.end()
    },
    owners: () => [...byOwner.keys()] as Xui[],
    count: () => [...byOwner.values()].reduce((sum, { devices }) => sum + devices.size, 0),
  }
}
