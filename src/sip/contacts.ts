/**
 * Contact headers, and which device one names: of a request, or of a REGISTER that somebody else received (RFC 3261
 * §10.2.1), which the core sends along as `message/sip`.
 */

export interface RegisteredContact {
  readonly uri: string
  /** Names in lower case; a flag without a value is empty. */
  readonly parameters: ReadonlyMap<string, string>
}

export interface OriginalRegister {
  /** `*`: everything that is registered ends. */
  readonly contacts: readonly RegisteredContact[] | '*'
  /** Seconds, where the request says it for all. */
  readonly expires: number | undefined
  readonly supportsGruu: boolean
  /** RFC 7315 §4.4: how the device is connected. */
  readonly accessNetwork: string | undefined
}

/** A device has one contact, or one for each way to it. */
const CONTACTS_AT_MOST = 32

/** @returns `undefined`: it is no REGISTER. */
export function readRegister(body: Uint8Array): OriginalRegister | undefined {
  const text = Buffer.from(body).toString('utf8')
  const [head = ''] = text.split(/\r?\n\r?\n/, 1)
  const [first = '', ...lines] = head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)
  if (!/^REGISTER \S+ SIP\/2\.0$/.test(first)) return undefined
  const values = (...names: readonly string[]): readonly string[] =>
    lines.flatMap((line) => {
      const colon = line.indexOf(':')
      return names.includes(line.slice(0, colon).trim().toLowerCase()) ? [line.slice(colon + 1).trim()] : []
    })
  const contacts = values('contact', 'm')
  return {
    contacts: contacts.some((value) => value === '*')
      ? '*'
      : contacts
          .flatMap((value) => splitOutside(value, ','))
          .slice(0, CONTACTS_AT_MOST)
          .map(readContact),
    expires: secondsOf(values('expires')[0]),
    supportsGruu: values('supported', 'k').some((value) => /(?:^|[,\s])gruu(?:$|[,\s])/i.test(value)),
    accessNetwork: values('p-access-network-info')[0],
  }
}

/** RFC 3261 §10.2: what a registrar assumes where nobody says. */
export const REGISTERED_SECONDS_UNSAID = 3600

/** RFC 5626 §4.1. */
export function instanceIn({ parameters }: RegisteredContact): string | undefined {
  return parameters.get('+sip.instance')?.replace(/^<(.*)>$/, '$1')
}

/** The device that a GRUU reaches (RFC 5627 §4.1). */
export function instanceInGruu(uri: string): string | undefined {
  return /;gr=([^;?>\s]+)/i.exec(uri)?.[1]
}

/** Of a Contact parameter or an Expires header; RFC 3261 §10.2.1.1. */
export function secondsOf(written: string | undefined): number | undefined {
  return written !== undefined && /^\d{1,10}$/.test(written.trim()) ? Number(written) : undefined
}

/** One value of a Contact header. */
export function readContact(value: string): RegisteredContact {
  const bracketed = /^(?:[^"<]|"(?:[^"\\]|\\.)*")*<([^<>]*)>(.*)$/.exec(value)
  const [plain = '', ...rest] = splitOutside(value, ';')
  const uri = (bracketed?.[1] ?? plain).trim()
  const written = bracketed === null ? rest : splitOutside(bracketed[2] ?? '', ';')
  const parameters = written
    .map((parameter) => parameter.trim())
    .filter((parameter) => parameter !== '')
    .map((parameter): [string, string] => {
      const equals = parameter.indexOf('=')
      if (equals < 0) return [parameter.toLowerCase(), '']
      const quoted = parameter.slice(equals + 1).trim()
      return [parameter.slice(0, equals).trim().toLowerCase(), quoted.replace(/^"(.*)"$/s, '$1')]
    })
  return { uri, parameters: new Map(parameters) }
}

/** Where `separator` stands neither in quotes nor in brackets. */
function splitOutside(text: string, separator: ',' | ';'): readonly string[] {
  const parts: string[] = []
  let start = 0
  let quoted = false
  let bracketed = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '"') quoted = !quoted
    else if (character === '\\' && quoted) at += 1
    else if (!quoted && character === '<') bracketed = true
    else if (!quoted && character === '>') bracketed = false
    else if (character === separator && !quoted && !bracketed) {
      parts.push(text.slice(start, at))
      start = at + 1
    }
  }
  return [...parts, text.slice(start)]
}
