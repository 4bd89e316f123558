import { expect, it } from 'vitest'
import type { Xui } from '../../src/names.ts'
import { createReading } from '../../src/participating/commands/read.ts'
import type { ParticipatingRooms } from '../../src/participating/transaction/contract.ts'
import { as, BOB, Testbed } from './testbed.ts'

const CAROL = 'sip:carol@example.com' as Xui

it('HOST-L7: of a message of others one hears what one hears of none, by the same one question to the store', async () => {
  const testbed = await Testbed.make()
  const waiting = await testbed.send()
  const asked: string[] = []
  const counted = <T extends object>(room: T): T =>
    new Proxy(room, {
      get(target, name, receiver) {
        asked.push(String(name))
        return Reflect.get(target, name, receiver)
      },
    })
  const rooms = { homes: counted(testbed.store.homes), messages: counted(testbed.store.messages) }
  const reading = createReading(rooms as unknown as ParticipatingRooms, async () => {
    throw new Error('what waits is looked at')
  })
  const hears = async (id: string): Promise<unknown> => {
    asked.length = 0
    return [await reading.message(as(CAROL), id), [...asked]]
  }
  expect(await hears(waiting)).toEqual([undefined, ['byId']])
  expect(await hears(waiting.replace(/^./, '-'))).toEqual([undefined, ['byId']])
  expect(await testbed.pf.message(as(BOB), waiting)).toMatchObject({ id: waiting })
})
