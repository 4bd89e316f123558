/** What a browser holds for its session: whose it is, and a secret. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Randomness } from '../clock.ts'
import type { Xui } from '../names.ts'
import { canonicalXui } from '../xui.ts'

export interface Token {
  readonly xui: Xui
  readonly secret: string
}

/** Together 48 characters of base64url. */
const NUMBER_BYTES = 18
const MAC_BYTES = 18

interface Tokens {
  make(xui: Xui): Token
  /** `undefined` for what no server with this key has made: what anybody invents makes nobody read a home. */
  read(text: string | undefined): Token | undefined
}

/** @param key 32 secret bytes. */
export function createTokens(key: Uint8Array, random: Randomness): Tokens {
  const macOf = (xui: Xui, number: Uint8Array): Buffer =>
    createHmac('sha256', key).update(`${xui} `).update(number).digest().subarray(0, MAC_BYTES)

  return {
    make(xui) {
      const number = random(NUMBER_BYTES)
      return { xui, secret: Buffer.concat([number, macOf(xui, number)]).toString('base64url') }
    },
    read(text) {
      const token = parsed(text ?? '')
      if (token === undefined) return undefined
      const bytes = Buffer.from(token.secret, 'base64url')
      const mac = macOf(token.xui, bytes.subarray(0, NUMBER_BYTES))
      return timingSafeEqual(bytes.subarray(NUMBER_BYTES), mac) ? token : undefined
    },
  }
}

/** `base64url(XUI).secret` */
export function tokenText({ xui, secret }: Token): string {
  return `${Buffer.from(xui).toString('base64url')}.${secret}`
}

function parsed(text: string): Token | undefined {
  const [, name = '', secret] = /^([\w-]+)\.([\w-]{48})$/.exec(text) ?? []
  const xui = canonicalXui(Buffer.from(name, 'base64url').toString())
  return xui === undefined || secret === undefined ? undefined : { xui, secret }
}
