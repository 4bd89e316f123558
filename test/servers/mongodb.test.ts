import { MongoClient } from 'mongodb'
import { afterAll, expect, it } from 'vitest'
import { withOwnDatabase } from './suite.ts'

await withOwnDatabase((database) => {
  const client = new MongoClient(database.url('servers'), { serverSelectionTimeoutMS: 10_000 })
  afterAll(async () => {
    await client.close()
    await database.stop()
  })

  it('design §5: what was written is there after the database was killed and started again', async () => {
    const kept = client.db().collection('kept')
    await kept.insertOne({ written: 'before' }, { writeConcern: { w: 'majority', journal: true } })
    await database.kill()
    await database.start()
    expect(await kept.find({}, { projection: { _id: 0 } }).toArray()).toEqual([{ written: 'before' }])
  })

  it('design §5: a frozen database answers when it is thawed, and nothing is lost', async () => {
    const kept = client.db().collection('frozen')
    await kept.insertOne({ written: 'before' })
    database.freeze()
    let answered = false
    const late = kept.insertOne({ written: 'meanwhile' }).then(() => (answered = true))
    const another = new MongoClient(database.url('servers'), { serverSelectionTimeoutMS: 300 })
    await expect(another.connect().finally(() => database.thaw())).rejects.toThrow('timed out')
    expect(answered).toBe(false)
    await late
    await another.close()
    expect(await kept.countDocuments({})).toBe(2)
  })
})
