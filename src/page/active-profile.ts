/** Which profile holds: for everything, or for one device. */
import { ask, ofUser, type Problem, type Reply } from './ask.ts'
import type { ActiveProfile } from './shapes.ts'

/** As often as two may write at the same moment before it is no accident. */
const ATTEMPTS = 4

/**
 * A choice says one thing, so it is made again on what another device wrote meanwhile.
 * @param device `undefined` for the default
 * @param profile `undefined`: the device has no profile of its own any more
 */
export async function chooseProfile(
  xui: string,
  device: string | undefined,
  profile: string | undefined,
): Promise<Problem | undefined> {
  const target = ofUser(xui, 'active-profile')
  let reply: Reply | undefined
  for (let attempt = 0; attempt < ATTEMPTS && (reply === undefined || reply.status === 412); attempt++) {
    const found = await ask('GET', target)
    if (found.problem !== undefined && found.status !== 404) return found.problem
    const known = found.status === 404 ? undefined : (found.json as ActiveProfile)
    reply = await ask('PUT', target, {
      json: chosen(known, device, profile),
      headers: found.etag === undefined ? { 'if-none-match': '*' } : { 'if-match': found.etag },
    })
  }
  return reply?.problem
}

function chosen(known: ActiveProfile | undefined, device: string | undefined, profile: string | undefined): unknown {
  if (device === undefined) return { ...known, default: profile }
  const others = (known?.devices ?? []).filter(({ id }) => id !== device)
  return { ...known, devices: profile === undefined ? others : [...others, { id: device, profile }] }
}
