/** What HTML says, as plain text. */
import { convert } from 'html-to-text'

/** More takes seconds when it is made to. What is behind is left out, and that is said. */
const HTML_AT_MOST = 65_536
const DEPTH_AT_MOST = 100
const CHILDREN_AT_MOST = 5_000

export function htmlText(html: string): string {
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
