/** Whether a message is from somebody whom a preference names (X7). */
import type { Sender } from './in-force.ts'
import type { Lists } from './lists.ts'
import type { Originator } from './model.ts'
import { identityOf, type Identity } from './uri.ts'

/** RFC 3323 §4.1.1.3: what a user agent puts in place of who sends. */
const ANONYMOUS = 'anonymous.invalid'

/** True where the sender hides, by his address or because he asked for privacy. */
export function isUndisclosed(sender: Sender): boolean {
  return sender.undisclosed || identityOf(sender.uri).host === ANONYMOUS
}

/**
 * True where one of the originators is this sender. Who asked for privacy is known to us, and no block list may be
 * passed by asking for it; who sends as anonymous is known to nobody.
 * @param lists of the user; missing where none can be read.
 */
export function isOneOf(originators: readonly Originator[], sender: Sender, lists: Lists | undefined): boolean {
  if (originators.length === 0) return false
  const { keys, domains, lists: names } = namedBy(originators)
  const identity = identityOfSender(sender)
  if (identity.host === ANONYMOUS) return false
  return (
    identity.keys.some((key) => keys.has(key)) ||
    domainsAround(identity.host).some((domain) => domains.has(domain)) ||
    names.some((name) => lists?.has(name, identity) ?? false)
  )
}

/** A sender is one object for all rules that judge one message. */
const identities = new WeakMap<Sender, Identity>()

function identityOfSender(sender: Sender): Identity {
  const known = identities.get(sender) ?? identityOf(sender.uri)
  identities.set(sender, known)
  return known
}

interface Named {
  readonly keys: ReadonlySet<string>
  readonly domains: ReadonlySet<string>
  readonly lists: readonly string[]
}

/** Originators are parts of documents, which are immutable: a long block list is read once. */
const named = new WeakMap<readonly Originator[], Named>()

function namedBy(originators: readonly Originator[]): Named {
  const known = named.get(originators)
  if (known !== undefined) return known
  const fresh = {
    keys: new Set(originators.flatMap((originator) => ('uri' in originator ? identityOf(originator.uri).keys : []))),
    domains: new Set(
      originators.flatMap((originator) => ('domain' in originator ? [originator.domain.toLowerCase()] : [])),
    ),
    lists: listNames(originators),
  }
  named.set(originators, fresh)
  return fresh
}

/** The lists that originators name. */
export function listNames(originators: readonly Originator[]): readonly string[] {
  return originators.flatMap((originator) => ('list' in originator ? [originator.list] : []))
}

/** The host and every domain that it lies within: `a.spam.example`, `spam.example`, `example`. */
function domainsAround(host: string | undefined): readonly string[] {
  if (host === undefined) return []
  const labels = host.split('.')
  return labels.map((_, at) => labels.slice(at).join('.'))
}
