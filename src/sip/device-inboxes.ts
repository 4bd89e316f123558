/** The inboxes of all devices that registered with the core. */
import type { Xui } from '../names.ts'
import { DeviceInbox, type DeviceInboxRooms } from './device-inbox.ts'

export interface DeviceInboxes {
  appeared(owner: Xui, device: string, contact: string): Promise<void>
  disappeared(owner: Xui, device: string): void
  /** Of these users another server has the devices. */
  leave(isLeft: (owner: Xui) => boolean): void
  /** The core is back: who was left alone because it was away is tried now. */
  again(): void
  stop(): void
}

export function createDeviceInboxes(rooms: DeviceInboxRooms): DeviceInboxes {
  const all = new Map<string, DeviceInbox>()
  let isStopped = false
  return {
    async appeared(owner, device, contact) {
      if (isStopped) return
      const key = JSON.stringify([owner, device])
      const address = { owner, device, contact }
      const inbox = all.get(key) ?? new DeviceInbox(rooms, address)
      all.set(key, inbox)
      await inbox.appeared(address)
    },
    disappeared(owner, device) {
      const key = JSON.stringify([owner, device])
      all.get(key)?.end()
      all.delete(key)
    },
    leave(isLeft) {
      for (const [key, inbox] of all) {
        if (!isLeft(inbox.owner)) continue
        inbox.end()
        all.delete(key)
      }
    },
    again() {
      for (const inbox of all.values()) void inbox.again()
    },
    stop() {
      isStopped = true
      for (const inbox of all.values()) inbox.end()
      all.clear()
    },
  }
}
