/** A device has what it was offered: the only way in which a message becomes `delivered` (P3, D11). */
import { isSameDevice } from '../../device.ts'
import type { Messages } from '../../home/home.ts'
import type { Xui } from '../../names.ts'
import type { Ending } from '../transaction/end.ts'
import type { Entry, Queue } from '../state/queue.ts'
import type { MessageRecord, StoredRecord } from '../state/message-record.ts'
import { canonicalXui } from '../../xui.ts'
import type { Change, ParticipatingRooms, Transact } from '../transaction/contract.ts'

/** As many as messages may wait by default: a device that has more to fetch has not been there for long. */
const COPIES_AT_MOST = 1000

interface Acknowledgement {
  readonly device: string
  readonly id: string
}

/** As many as a device may have out, and some: whoever sends more is taken in turns. */
const TOGETHER_AT_MOST = 64

/** What came for one user while others of his were being committed: one commit takes all of it. */
interface Together {
  readonly all: Acknowledgement[]
  /** Those that had been offered. */
  readonly known: Promise<ReadonlySet<Acknowledgement>>
}

/**
 * The device has it. The promise is false for one that it was never offered to. Of a device that had ten messages at
 * once ten answers come at once; each by itself would be a commit, and in a storm the last ones would be offered again
 * while their answers wait.
 */
export function createAcknowledge(
  rooms: ParticipatingRooms,
  transact: Transact,
): (owner: Xui, device: string, id: string) => Promise<boolean> {
  const waiting = new Map<Xui, Together>()
  const begin = (owner: Xui): Together => {
    const all: Acknowledgement[] = []
    const close = (): void => {
      if (waiting.get(owner)?.all === all) waiting.delete(owner)
    }
    const known = transact(owner, ({ queue }) => {
      // It is his turn: who comes from now on is for the next commit. Decided again, it is about the same.
      close()
      return allAcknowledged(rooms, queue, owner, all)
    }).finally(close)
    const together = { all, known }
    waiting.set(owner, together)
    return together
  }
  return async (owner, device, id) => {
    await rooms.failpoint('c6')
    const open = waiting.get(owner)
    const together = open !== undefined && open.all.length < TOGETHER_AT_MOST ? open : begin(owner)
    const mine = { device, id }
    together.all.push(mine)
    return (await together.known).has(mine)
  }
}

async function allAcknowledged(
  rooms: ParticipatingRooms,
  before: Queue,
  owner: Xui,
  all: readonly Acknowledgement[],
): Promise<Change<ReadonlySet<Acknowledgement>>> {
  const known = new Set<Acknowledgement>()
  const ended: Ending[] = []
  let queue = before
  for (const each of all) {
    const { device, id } = each
    // What ended by an answer before it is in no record yet.
    const over = ended.find((ending) => ending.id === id)?.entry
    const one = await acknowledged(rooms, queue, owner, device, id, over)
    if (one.isKnown) known.add(each)
    ended.push(...(one.ended ?? []))
    queue = one.queue
  }
  return { queue, ...(ended.length > 0 ? { ended } : {}), answer: () => known }
}

/** U5: what a device shows, it has. */
export function createDisplayed(
  rooms: ParticipatingRooms,
  transact: Transact,
): (owner: Xui, device: string, id: string) => Promise<boolean> {
  return (owner, device, id) =>
    transact(owner, async ({ queue }): Promise<Change<boolean>> => {
      const change = await acknowledged(rooms, queue, owner, device, id)
      if (!change.isKnown) return change
      const copy = change.queue.copies.find((held) => held.id === id)
      return { ...change, displayed: { id, ...(copy === undefined ? {} : { copiesUntil: copy.expires }) } }
    })
}

/** One sender's ids are his own; this many messages of others under the same one are looked at. */
const NAMESAKES_AT_MOST = 50

/** U5: said by the user's own notification, so it is told as what a device says here is, and once. */
export function createRead(
  { messages }: Pick<ParticipatingRooms, 'messages'>,
  transact: Transact,
): (owner: Xui, sender: string, messageId: string) => Promise<boolean> {
  return async (owner, sender, messageId) => {
    const found = await messages.search({ by: 'message-id', messageId }, { owner, id: '' }, NAMESAKES_AT_MOST)
    const his = found.find((stored) => {
      const record = stored.value as StoredRecord
      return stored.owner === owner && record.kind === 'message' && isFrom(record, sender) && record.end !== undefined
    })
    if (his === undefined) return false
    return transact(owner, ({ queue }): Change<boolean> => {
      const copy = queue.copies.find((held) => held.id === his.id)
      const copiesUntil = copy === undefined ? {} : { copiesUntil: copy.expires }
      return { queue, displayed: { id: his.id, ...copiesUntil }, answer: () => true }
    })
  }
}

function isFrom({ facts: { from } }: MessageRecord, sender: string): boolean {
  return from === sender || (canonicalXui(from) !== undefined && canonicalXui(from) === canonicalXui(sender))
}

async function acknowledged(
  rooms: ParticipatingRooms,
  queue: Queue,
  owner: Xui,
  device: string,
  id: string,
  over?: Entry,
): Promise<Change<boolean> & { readonly isKnown: boolean }> {
  const entry = queue.waiting.find((held) => held.id === id)
  if (entry !== undefined) {
    const isKnown = wasOffered(entry, device)
    return { ...(isKnown ? delivered(queue, entry, device) : { queue }), isKnown, answer: () => isKnown }
  }
  const isKnown =
    over === undefined ? await wasOfferedBefore(rooms.messages, owner, device, id) : wasOffered(over, device)
  const copy = queue.copies.find((held) => held.id === id)
  return {
    queue: isKnown && copy !== undefined ? { ...queue, copies: without(queue.copies, copy, device) } : queue,
    isKnown,
    answer: () => isKnown,
  }
}

/**
 * The first acknowledgement ends the message, also after do-not-disturb went on; the other addressees keep their copy.
 */
function delivered(
  queue: Queue,
  entry: Entry,
  device: string,
): { readonly queue: Queue; readonly ended: readonly Ending[] } {
  const others = without([...queue.copies, entry], entry, device)
  const kept = others.length > queue.copies.length
  // The message is delivered; a device that never comes for its copies must not make the home grow without end.
  const copies = kept ? others.slice(-COPIES_AT_MOST) : queue.copies
  const ending: Ending = { id: entry.id, state: 'delivered', entry, ...(kept ? { copiesUntil: entry.expires } : {}) }
  return { queue: { ...queue, waiting: queue.waiting.filter((held) => held !== entry), copies }, ended: [ending] }
}

/** The copies once `device` needs none of this message. */
function without(copies: readonly Entry[], copy: Entry, device: string): readonly Entry[] {
  const addressees = copy.addressees.filter((addressee) => !isSameDevice(addressee.device, device))
  return copies.flatMap((held) => (held !== copy ? [held] : addressees.length === 0 ? [] : [{ ...held, addressees }]))
}

function wasOffered(entry: Entry, device: string): boolean {
  return entry.offers.some((offer) => isSameDevice(offer.device, device))
}

/**
 * After the end the record knows who was offered it: the same acknowledgement again, or one that came too late, changes
 * nothing.
 */
async function wasOfferedBefore(messages: Messages, owner: Xui, device: string, id: string): Promise<boolean> {
  const stored = await messages.byId(id)
  return stored?.owner === owner && (stored.value as StoredRecord).offered.some((one) => isSameDevice(one, device))
}
