/** Who is logged in here, and as what. */
import { ask, strangers, Unreachable, type Problem } from './ask.ts'
import { held } from './held.ts'

export interface Me {
  readonly xui: string
  readonly role: 'user' | 'administrator' | 'participating-function'
}

/** `undefined` until the server has said. */
export const me = held<Me | 'nobody' | undefined>(undefined)

strangers.watch(() => me.set('nobody'))

/** @throws Unreachable also where the server has no time to say: that does not mean that nobody is there. */
export async function whoAmI(): Promise<void> {
  const { status, json } = await ask('GET', '/api/session')
  if (status === 429 || status >= 500) throw new Unreachable(`the server answered ${status}`)
  if (status !== 200) return me.set('nobody')
  const known = me.get()
  const { xui, role } = json as Me
  if (typeof known !== 'object' || known.xui !== xui || known.role !== role) me.set({ xui, role })
}

export async function logIn(user: string, password: string): Promise<Problem | undefined> {
  const { problem } = await ask('POST', '/api/session', { json: { user, password } })
  if (problem !== undefined) return problem
  await whoAmI()
  return undefined
}

export async function logOut(): Promise<void> {
  await ask('DELETE', '/api/session')
  // Nothing of one user is left in memory for the next.
  location.reload()
}
