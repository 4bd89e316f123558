/** Reading `text/event-stream`, as far as this server writes it: `id`, `event`, `data`, comments. */

export interface StreamEvent {
  readonly id: string
  readonly event: string
  readonly data: string
}

export async function* eventsOf(chunks: AsyncIterable<string>): AsyncIterable<StreamEvent> {
  let read = ''
  for await (const chunk of chunks) {
    read += chunk
    const blocks = read.split('\n\n')
    read = blocks.pop() ?? ''
    for (const block of blocks) {
      const event = readBlock(block)
      // A block without data only moves the position of who watches.
      if (event.data !== '') yield event
    }
  }
}

function readBlock(block: string): StreamEvent {
  const fields = new Map<string, string[]>()
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':')
    if (colon < 1) continue
    const name = line.slice(0, colon)
    fields.set(name, [...(fields.get(name) ?? []), line.slice(colon + 1).replace(/^ /, '')])
  }
  const [id = '', event = 'message', data = ''] = ['id', 'event', 'data'].map((name) => fields.get(name)?.join('\n'))
  return { id, event, data }
}
