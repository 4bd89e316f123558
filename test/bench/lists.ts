/** Documents of about a size: `@USER@` stands for whose it is. */
export function listsOf(bytes: number): string {
  const entry = (n: number): string =>
    `<entry uri="sip:u${n}@example.net"><display-name xml:lang="en">Number ${n}</display-name></entry>\n`
  const frame = (entries: string): string =>
    `<?xml version="1.0" encoding="UTF-8"?>\n<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">\n` +
    `<list name="friends"><display-name>Friends of @USER@</display-name>\n<entry uri="sip:bob@example.com">` +
    `<display-name>Bob</display-name></entry>\n${entries}</list>\n</resource-lists>\n`
  let entries = ''
  for (let n = 0; frame(entries + entry(n)).length <= bytes; n++) entries += entry(n)
  return frame(entries)
}
