import { expect, it } from 'vitest'
import { settled, setUp } from './webhook-servers.ts'

it('X19, INV-30: the server that delivers is killed in the middle: the other repeats that, and goes on in order', async () => {
  const { server, subscribe, write, pass, delivered, position, journal } = setUp()
  await subscribe()
  const [one, two] = [server('one'), server('two')]
  await two.serving.start()
  await settled()
  await one.serving.start()
  await settled()
  // The one that came last has taken over, and lets the other find out.
  await write('a')
  expect(delivered).toEqual(['two a'])
  await pass(6)
  await write('b')
  one.hang()
  await write('c')
  one.standStill()
  await write('d')
  const before = [...delivered]
  // What the other had told, and not yet stored that it had, is told again.
  expect(before).toEqual(['two a', 'one a', 'one b', 'one c'])
  // As long as the lease may be somebody's, nobody else delivers.
  await pass(5)
  expect(delivered).toEqual(before)
  await pass(8)
  // What was told behind the position that was stored last is told once more, with what came since.
  expect(delivered.slice(before.length)).toEqual(['two d'])
  await pass(2)
  expect(await position()).toBe(await journal.head())
  await two.serving.stop()
})

it('X19: a server that stood still while another took over delivers nothing that is older', async () => {
  const { server, subscribe, write, pass, delivered } = setUp()
  await subscribe()
  const [one, two] = [server('one'), server('two')]
  await two.serving.start()
  await one.serving.start()
  await settled()
  await write('a')
  one.standStill()
  await pass(13)
  await write('b')
  await pass(1)
  const before = delivered.length
  expect(delivered.at(-1)).toMatch(/^two .*b$/)
  one.goOn()
  await settled()
  await pass(3)
  await write('c')
  expect(delivered.slice(before).filter((each) => each.startsWith('one'))).toEqual([])
  await one.serving.stop()
  await two.serving.stop()
})
