/** Asks again and again whether another server has beaten its pulse. */
import { createAlarm } from '../../clock.ts'
import { ANYTHING } from '../remote-changes.ts'
import type { FollowRooms, Stop } from './follow-rooms.ts'

/** Resolves when the pulses have been read once. */
export async function pollPulses(
  { collections: { pulses }, clock, background, askEveryMs, onRemote }: FollowRooms,
  server: string,
): Promise<Stop> {
  const read = async (): Promise<string> =>
    JSON.stringify(
      (await pulses.find().toArray())
        .filter(({ _id }) => _id !== server)
        .map(({ _id, beat }) => [_id, beat])
        .sort(),
    )
  let seen: string | undefined = await read()
  let isOver = false
  const alarm = createAlarm(clock, () => background.run(again()))
  const arm = (): void => alarm.set(clock.now() + askEveryMs)
  arm()

  async function again(): Promise<void> {
    try {
      const now = await read()
      if (now !== seen && !isOver) onRemote(ANYTHING)
      seen = now
    } catch {
      // What happens meanwhile is not seen: the next reading that succeeds tells of it.
      seen = undefined
    }
    if (!isOver) arm()
  }

  return async () => {
    isOver = true
    alarm.callOff()
  }
}
