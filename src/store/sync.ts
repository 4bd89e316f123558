import { open } from 'node:fs/promises'

/** A file, or a folder, so that the new name of a file in it is durable as well. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  await handle.sync().finally(() => handle.close())
}
