/** Somebody asks what would happen to a message: decided as if it came, and nothing is kept. */
import { messageTypesOf } from '../../preferences/rules.ts'
import { snapshotOf } from '../decision/applicability.ts'
import { explain } from '../decision/explain.ts'
import { partTypesOf } from '../decision/parts.ts'
import type { Participating } from '../participating.ts'
import { queueOf, type Facts } from '../state/queue.ts'
import type { ParticipatingRooms } from '../transaction/contract.ts'
import type { Transactions } from '../transaction/transact.ts'

export function createExplaining(
  { homes }: Pick<ParticipatingRooms, 'homes'>,
  evaluate: Transactions['evaluate'],
): Participating['explanation'] {
  return async (owner, { from, contentType, size, body, privacy, group, file, conversation }, at, unsaved) => {
    const home = await homes.read(owner)
    const { snapshot } = await evaluate(home, unsaved)
    const { registrations } = queueOf(home)
    const facts: Facts = {
      from,
      undisclosed: privacy,
      size,
      partTypes: partTypesOf(contentType, body),
      messageTypes: [...messageTypesOf(size, file, group)],
      conversation,
    }
    return explain(facts, snapshotOf(snapshot.preferences, registrations, at ?? snapshot.now), registrations)
  }
}
