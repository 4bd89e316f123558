/** From a password to what is kept of it: H(A1) for each name that the user may log in with (api: user names). */
import { hash } from 'node:crypto'
import type { Xui } from '../names.ts'
import { Refused } from '../refusal.ts'
import { userNamed } from '../xui.ts'
import type { Credential } from './account.ts'
import type { Realms } from './realms.ts'

const PASSWORD_CHARACTERS_AT_MOST = 256

/**
 * The XUI, the XUI without its scheme (`curl -u` splits at the first colon), and the user part alone where the domain
 * is the realm.
 * @throws Refused `not-of-the-format` for a password that is empty, longer than 256 characters, or holds control
 * characters.
 */
export function credentialsFor(xui: Xui, realm: string, password: string): Credential[] {
  const secret = checkedPassword(password)
  return userNames(xui, realm).map((userName) => {
    const a1 = `${userName}:${realm}:${secret}`
    return { userName, md5: hash('md5', a1), sha256: hash('sha256', a1) }
  })
}

function userNames(xui: Xui, realm: string): string[] {
  const bare = xui.slice(xui.indexOf(':') + 1)
  const at = bare.indexOf('@')
  return at !== -1 && bare.slice(at + 1) === realm.toLowerCase() ? [xui, bare, bare.slice(0, at)] : [xui, bare]
}

/** What is kept of a password in the realm of its user, whichever that is. */
export function credentialsIn(realms: Realms, xui: Xui, password: string): Credential[] {
  const realm = realms.of(xui)
  const named = (userName: string): string => realms.loginName(userName, realm)
  return credentialsFor(xui, realm, password).map((each) => ({ ...each, userName: named(each.userName) }))
}

/** One user has three names to log in with; guesses at any of them count together, and under no other name. */
export function oneNameOf(userName: string, realm: string): string {
  return userNamed(userName, realm) ?? userName
}

/** RFC 7616 §4: with `charset=UTF-8` both sides hash the password in Normalization Form C. */
function checkedPassword(password: string): string {
  const message =
    password === ''
      ? 'A password is not empty.'
      : password.length > PASSWORD_CHARACTERS_AT_MOST
        ? 'A password has at most 256 characters.'
        : /[\p{Cc}\p{Cs}]/u.test(password)
          ? 'A password has no control characters.'
          : undefined
  if (message === undefined) return password.normalize('NFC')
  throw new Refused({ kind: 'not-of-the-format', detail: message, errors: [{ path: 'password', message }] })
}
