/** Tables of the documents, as the tidy tests read them. */

/** The cells of the first table under a heading, without its head. */
export function rowsBelow(document: string, heading: string): readonly (readonly string[])[] {
  const [, behind] = document.split(new RegExp(`^#+ ${heading}$`, 'm'))
  const [section] = (behind ?? '').split(/^#+ /m)
  const rows = (section ?? '').split('\n').filter((line) => line.startsWith('|'))
  return rows.slice(2).map((row) =>
    row
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replaceAll('\\|', '|')),
  )
}
