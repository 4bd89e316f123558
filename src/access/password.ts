/**
 * A password as it was typed, checked against what is kept of it: where a browser logs in, and by Basic.
 *
 * As with Digest, who does not know the password learns nothing: an unknown user costs what a wrong password does, both
 * get the same answer, and failures of all ways to log in count together.
 */
import { hash, timingSafeEqual } from 'node:crypto'
import type { Randomness } from '../clock.ts'
import type { Accounts, Credential, Principal } from './account.ts'
import { oneNameOf } from './credentials.ts'
import type { Realms } from './realms.ts'
import { verifyOnce, type Throttle } from './throttle.ts'

export interface PasswordParts {
  readonly accounts: Pick<Accounts, 'byUserName'>
  readonly random: Randomness
  readonly realms: Realms
  readonly throttle: Throttle
}

/**
 * `address`: of the client. `bare`: the realm of a name without a domain. Rejects with `Refused` `too-many-failures`.
 */
export type CheckPassword = (
  userName: string,
  password: string,
  address: string,
  bare: string,
) => Promise<{ readonly account: Principal; readonly credential: Credential } | undefined>

export function createPasswordCheck({ accounts, random, realms, throttle }: PasswordParts): CheckPassword {
  /** Stands in for what is kept of an unknown user. */
  const nobody = Buffer.from(random(32)).toString('hex')
  return (userName, password, address, bare) => {
    const realm = realms.ofUserName(userName, bare)
    return verifyOnce(throttle, oneNameOf(userName, realm), address, async () => {
      const found = await accounts.byUserName(realms.loginName(userName, realm))
      // RFC 7616 §4: what is kept was made of the password in Normalization Form C.
      const sent = hash('sha256', `${userName}:${realm}:${password.normalize('NFC')}`)
      return timingSafeEqual(Buffer.from(sent), Buffer.from(found?.credential.sha256 ?? nobody)) ? found : undefined
    })
  }
}
