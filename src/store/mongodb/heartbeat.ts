/**
 * The driver asks the database again and again whether it is there. Does it ask in the moment in which that connection
 * goes, it waits for ever (7.9.0: a socket that is destroyed, but not closed yet, takes the bytes and is never
 * drained), asks no more, and the database stays away although it is back. So a question that nothing came of makes the
 * client connect anew.
 */
import type { MongoClient } from 'mongodb'
import { createAlarm, stopwatch, type Alarm, type Clock } from '../../clock.ts'

/** The driver itself gives up after two seconds: one for the connection, one that the database may take. */
const GIVEN_UP_MS = 3_000
const AGAIN_MS = 500

/** @returns how to end it; resolves when the client is left alone. */
export function reviveHeartbeat(client: MongoClient, clock: Clock): () => Promise<void> {
  /** When the questions that are out were asked too long ago, by the address of the server. */
  const unanswered = new Map<string, Alarm>()
  let reviving: Promise<void> | undefined
  let isOver = false

  const forget = (address: string): void => {
    unanswered.get(address)?.callOff()
    unanswered.delete(address)
  }
  const forgetAll = (): void => [...unanswered.keys()].forEach(forget)
  const wait = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => void clock.at(clock.now() + milliseconds, resolve))

  async function revive(): Promise<void> {
    forgetAll()
    await client.close()
    while (
      !isOver &&
      !(await client.connect().then(
        () => true,
        () => false,
      ))
    )
      await wait(AGAIN_MS)
    reviving = undefined
  }

  function ask(address: string): void {
    forget(address)
    const began = stopwatch()
    const alarm = createAlarm(clock, () => {
      const left = GIVEN_UP_MS - (stopwatch() - began)
      // A clock that was set is no answer that took long.
      if (left > 0) alarm.set(clock.now() + Math.ceil(left))
      else if (!isOver) reviving ??= revive()
    })
    unanswered.set(address, alarm)
    alarm.set(clock.now() + GIVEN_UP_MS)
  }

  client.on('serverHeartbeatStarted', ({ connectionId }) => ask(connectionId))
  client.on('serverHeartbeatSucceeded', ({ connectionId }) => forget(connectionId))
  client.on('serverHeartbeatFailed', ({ connectionId }) => forget(connectionId))
  client.on('serverClosed', ({ address }) => forget(address))
  return async () => {
    isOver = true
    forgetAll()
    await reviving
  }
}
