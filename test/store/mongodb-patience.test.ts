import { expect, it } from 'vitest'
import { MongoBulkWriteError, MongoNetworkError, MongoServerError } from 'mongodb'
import { systemClock } from '../../src/clock.ts'
import { createDeadlines } from '../../src/store/mongodb/deadlines.ts'
import { duplicatesOf, isOutage, OUTCOME_UNKNOWN, unavailable } from '../../src/store/mongodb/errors.ts'

const never = (): Promise<never> => new Promise(() => {})

/** How long it took until it was refused as `unavailable`, in milliseconds. */
async function refusedAfter(asking: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await expect(asking()).rejects.toMatchObject({ refusal: { kind: 'unavailable', retryAfter: 1 } })
  return performance.now() - began
}

it('HOST-R1: a question that is not answered is refused in time, and those behind it at once, until something is heard', async () => {
  const { bounded } = createDeadlines(systemClock, 2_100)
  let answer = (_: string): void => {}
  const late = bounded(() => new Promise<string>((resolve) => (answer = resolve)))
  expect(await refusedAfter(late)).toBeLessThan(2_400)
  for (let count = 0; count < 3; count++) expect(await refusedAfter(bounded(never))).toBeLessThan(700)
  // The first one is answered after all: the database is there, and the next question has its time again.
  answer('late')
  await Promise.resolve()
  expect(await refusedAfter(bounded(never))).toBeGreaterThan(1_500)
})

it('HOST-R1: an outage that is told at once counts as well, and an answer ends it', async () => {
  const { bounded } = createDeadlines(systemClock, 2_100)
  expect(await refusedAfter(bounded(() => Promise.reject(new MongoNetworkError('cut'))))).toBeLessThan(500)
  expect(await refusedAfter(bounded(never))).toBeLessThan(700)
  expect(await bounded(() => Promise.resolve('there'))()).toBe('there')
  expect(await refusedAfter(bounded(never))).toBeGreaterThan(1_500)
})

it('HOST-R1: a write whose outcome is not known says that the database is down; that somebody else was quicker does not', async () => {
  const { bounded } = createDeadlines(systemClock, 2_100)
  expect(
    await refusedAfter(bounded(() => Promise.reject(unavailable('Somebody else is sending the same message.')))),
  ).toBeLessThan(500)
  expect(await refusedAfter(bounded(never))).toBeGreaterThan(1_500)
  expect(await bounded(() => Promise.resolve('there'))()).toBe('there')
  expect(await refusedAfter(bounded(() => Promise.reject(unavailable(OUTCOME_UNKNOWN))))).toBeLessThan(500)
  expect(await refusedAfter(bounded(never))).toBeLessThan(700)
})

it('HOST-R1: the questions of one request share one time; what it set going has its own', async () => {
  const { bounded, withinRequest } = createDeadlines(systemClock, 2_100)
  const slow = bounded(
    (milliseconds: number) =>
      new Promise((resolve) => systemClock.at(systemClock.now() + milliseconds, () => resolve('slow'))),
  )
  let later = async (): Promise<unknown> => 'nothing'
  const request = (): Promise<unknown> =>
    withinRequest(async () => {
      later = () => slow(1_000)
      await slow(1_200)
      return await bounded(never)()
    })
  const took = await refusedAfter(request)
  expect(took).toBeGreaterThan(1_900)
  expect(took).toBeLessThan(2_500)
  expect(await slow(0)).toBe('slow')
  expect(await later()).toBe('slow')
})

it.each([
  ['what is too large for a document', new MongoServerError({ code: 10334, message: 'BSONObjectTooLarge' }), false],
  ['what this user may not do', new MongoServerError({ code: 13, message: 'Unauthorized' }), false],
  ['a server that is no primary any more', new MongoServerError({ code: 10107, message: 'NotWritablePrimary' }), true],
  ['a connection that was cut', new MongoNetworkError('cut'), true],
  ['a mistake of ours', new TypeError('no function'), false],
])('HOST-R1: %s: whether asking again is of any use', (_, error, isOfUse) => {
  expect(isOutage(error)).toBe(isOfUse)
})

it('INV-2: documents of an insert that were there already are known, unless what was new is not durable', () => {
  const failed = (writeConcernError: object | undefined): MongoBulkWriteError =>
    Object.assign(Object.create(MongoBulkWriteError.prototype) as MongoBulkWriteError, {
      writeErrors: [{ code: 11000, index: 3 }],
      result: { getWriteConcernError: () => writeConcernError },
    })
  expect(duplicatesOf(failed(undefined))).toEqual([3])
  expect(duplicatesOf(failed({ code: 64 }))).toBeUndefined()
})
