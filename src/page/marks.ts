/** Where a document is wrong, out of the phrase of a conflict. */
export interface Mark {
  /** From 1 on. */
  readonly line: number | undefined
  readonly message: string
}

/** The phrase of a conflict names lines: `/profile/messages/rule (line 4): …`, `Line 4, column 10: …`. */
export function marksIn(phrase: string): readonly Mark[] {
  const parts = phrase.split(/(?=(?:^|\s)\/[^\s]* \(line \d+\):)/).map((one) => one.trim())
  return parts
    .filter((one) => one !== '')
    .map((message) => {
      const found = /\bline (\d+)/i.exec(message)
      return { line: found === null ? undefined : Number(found[1]), message }
    })
}
