/** One connection of MSRP: what comes over it is cut into frames, and what is none ends it. */
import type { Socket } from 'node:net'
import { MsrpFrames, type MsrpFrame, type MsrpLimits } from './frames.ts'
import type { MsrpChannel } from './session.ts'

/** The sockets that are open. */
export class OpenChannels {
  readonly #open = new Set<Socket>()
  readonly #limits: MsrpLimits

  constructor(limits: MsrpLimits) {
    this.#limits = limits
  }

  follow(socket: Socket, take: (frame: MsrpFrame) => void, gone: () => void): void {
    const frames = new MsrpFrames(this.#limits)
    this.#open.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#open.delete(socket)
      gone()
    })
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const frame of frames.push(chunk)) take(frame)
      } catch {
        socket.destroy()
      }
    })
  }

  destroy(): void {
    for (const socket of this.#open) socket.destroy()
  }
}

export function channelOf(socket: Socket): MsrpChannel {
  return {
    write: (bytes) => {
      if (socket.writable) socket.write(bytes)
    },
    drained: () =>
      socket.writableNeedDrain && socket.writable
        ? new Promise((resolve) => {
            socket.once('drain', resolve)
            socket.once('close', resolve)
          })
        : Promise.resolve(),
    close: () => socket.end(),
  }
}
