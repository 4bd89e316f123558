/**
 * What the driver of MongoDB throws, without a database: trouble of the database is a refusal, a mistake of ours is
 * not.
 */
import { BSON, MongoBulkWriteError, MongoInvalidArgumentError, MongoNetworkError, MongoServerError } from 'mongodb'
import { describe, expect, it } from 'vitest'
import { Refused } from '../../src/refusal.ts'
import { asRefusal, duplicatesOf, isDuplicate, isOutage } from '../../src/store/mongodb/errors.ts'

const systemError = (code: string) => Object.assign(new Error(`read ${code}`), { code, syscall: 'read' })
const coded = (code: string) => Object.assign(new Error('of Node'), { code })

/** As the driver makes it of the answer to an insert of two documents, of which the second was there already. */
function bulkError(isDurable: boolean): MongoBulkWriteError {
  const result = { getWriteConcernError: () => (isDurable ? undefined : { code: 64, errmsg: 'waiting timed out' }) }
  const error = new MongoBulkWriteError({ message: 'E11000', code: 11000 } as never, result as never)
  return Object.assign(error, { writeErrors: [{ code: 11000, index: 1 }] })
}

describe('errors of the database', () => {
  it.each([
    ['a network error of the driver', new MongoNetworkError('connection 3 closed')],
    ['an error of the socket that the driver did not wrap', systemError('ECONNRESET')],
    ['a code that nobody listed', coded('EWHATEVER')],
    ['a stream that ended in the middle', coded('ERR_STREAM_PREMATURE_CLOSE')],
    ['a socket that is closed', coded('ERR_SOCKET_CLOSED')],
    ['TLS that broke off', coded('ERR_SSL_WRONG_VERSION_NUMBER')],
    ['an answer that was cut off and cannot be decompressed', coded('Z_BUF_ERROR')],
    ['an answer that was cut off and cannot be read', new BSON.BSONError('bson size must be >= 5')],
    ['all addresses of a name refused', new AggregateError([systemError('ECONNREFUSED'), systemError('EHOSTUNREACH')])],
    ['trouble behind another error', new Error('no answer', { cause: systemError('EPIPE') })],
    ['an error of the server that nobody knows', new MongoServerError({ message: 'what', code: 987654 })],
    ['a duplicate that is not on the disks of a majority', bulkError(false)],
  ])('HOST-F7: %s is an outage, and refused as unavailable', (_, error) => {
    expect(isOutage(error)).toBe(true)
    const refused = asRefusal(error)
    expect(refused).toBeInstanceOf(Refused)
    expect(refused).toMatchObject({ refusal: { kind: 'unavailable', retryAfter: 1 }, cause: error })
  })

  it.each([
    ['an assertion', coded('ERR_ASSERTION')],
    ['a wrong argument of Node', coded('ERR_INVALID_ARG_TYPE')],
    ['a wrong argument of the driver', new MongoInvalidArgumentError('no')],
    ['an ordinary error', new TypeError('x is undefined')],
    ['addresses, and a mistake among them', new AggregateError([systemError('ECONNREFUSED'), new TypeError('x')])],
  ])('HOST-F7: %s is a mistake of ours, and is not said to be the database', (_, error) => {
    expect(isOutage(error)).toBe(false)
    expect(asRefusal(error)).toBe(error)
  })

  it('HOST-F7: a key that is there already is neither, as long as it is durable', () => {
    expect([isDuplicate(bulkError(true)), isDuplicate(bulkError(false))]).toEqual([true, false])
    expect([duplicatesOf(bulkError(true)), duplicatesOf(bulkError(false))]).toEqual([[1], undefined])
    expect(isOutage(bulkError(true))).toBe(false)
  })
})
