/** What HTML says, as plain text. */
import { createRequire } from 'node:module'

/** More takes seconds when it is made to. What is behind is left out, and that is said. */
const HTML_AT_MOST = 65_536
const DEPTH_AT_MOST = 100
const CHILDREN_AT_MOST = 5_000

const require = createRequire(import.meta.url)

export function htmlText(html: string): string {
  // A server may never see HTML, so the library is read with the first; its parser is a tenth of a start.
  const { convert } = require('html-to-text') as typeof import('html-to-text')
  const text = convert(html.slice(0, HTML_AT_MOST), {
    wordwrap: false,
    limits: { maxInputLength: HTML_AT_MOST, maxDepth: DEPTH_AT_MOST, maxChildNodes: CHILDREN_AT_MOST },
    selectors: [
      { selector: 'img', format: 'skip' },
      { selector: 'a', options: { hideLinkHrefIfSameAsText: true } },
    ],
  }).trim()
  return html.length > HTML_AT_MOST ? `${text}\n[…]` : text
}
