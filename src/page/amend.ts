/** Changes that say one thing of a document, and nothing about the rest of it. */
import { ask, replacing, type Problem, type Reply } from './ask.ts'

/** As often as two may write at the same moment before it is no accident. */
const ATTEMPTS = 4

/**
 * Where another device wrote meanwhile, the change is made again on what that one wrote, and nobody has to compare
 * anything.
 * @param to of what is there, or `undefined` where nothing is: what is to be there.
 */
export async function amend<T>(target: string, to: (found: T | undefined) => unknown): Promise<Problem | undefined> {
  let reply: Reply | undefined
  for (let attempt = 0; attempt < ATTEMPTS && (reply === undefined || reply.status === 412); attempt++) {
    const found = await ask('GET', target)
    if (found.problem !== undefined && found.status !== 404) return found.problem
    const json = to(found.status === 404 ? undefined : (found.json as T))
    reply = await ask('PUT', target, { json, headers: replacing(found.etag) })
  }
  return reply?.problem
}
