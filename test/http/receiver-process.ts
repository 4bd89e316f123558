/**
 * A target of webhooks in a process of its own. Arguments: the port, 0 for a free one, and how many milliseconds the
 * sender is ahead. Says `{ url }` to its parent, then each delivery that it took; is told `{ secret }` of each
 * subscription that it serves.
 */
import { Receiver } from './receiver.ts'

const receiver = await Receiver.start(Number(process.argv[2]))
receiver.ahead = Number(process.argv[3])
receiver.answer = (delivery) => {
  process.send?.({ delivery, mostInFlight: receiver.mostInFlight, faults: receiver.faults })
  return 204
}
process.on('message', ({ secret }: { readonly secret: string }) => {
  receiver.secrets.push(secret)
  process.send?.({ serving: receiver.secrets.length })
})
process.on('disconnect', () => process.exit(0))
process.send?.({ url: receiver.url })
