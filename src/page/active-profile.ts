/** Which profile holds: for everything, or for one device. */
import { amend } from './amend.ts'
import { ofUser, type Problem } from './ask.ts'
import type { ActiveProfile } from './shapes.ts'

/**
 * @param device `undefined` for the default
 * @param profile `undefined`: the device has no profile of its own any more
 */
export function chooseProfile(
  xui: string,
  device: string | undefined,
  profile: string | undefined,
): Promise<Problem | undefined> {
  return amend<ActiveProfile>(ofUser(xui, 'active-profile'), (known) => chosen(known, device, profile))
}

function chosen(known: ActiveProfile | undefined, device: string | undefined, profile: string | undefined): unknown {
  if (device === undefined) return { ...known, default: profile }
  const others = (known?.devices ?? []).filter(({ id }) => id !== device)
  return { ...known, devices: profile === undefined ? others : [...others, { id: device, profile }] }
}
