/** Documents as other people write them: foreign elements and attributes, comments, prefixes, layouts. */
import type { XmlDocument, XmlElement } from '../../src/xml/tree.ts'

/** Elements that take no foreign elements. */
const PLAIN = /^<\/(?:\w+:)?(?:display-name|content-type|message-type|defaults)>$/

export interface Decoration {
  /** Every how many tags something is added. */
  readonly every: number
  readonly layout: 'lines' | 'one-line' | 'crlf'
  readonly prefix: boolean
}

/** The same document with marks `m1`, `m2` … in what is foreign and in comments. */
export function decorate(text: string, { every, layout, prefix }: Decoration): string {
  let marks = 0
  let tags = 0
  const due = (): boolean => (tags += 1) % every === 0
  const body = text.replace(/^<\?[^>]*\?>\n/, '')
  const laidOut = layout === 'lines' ? body : body.replace(/>\n *(?=<)/g, layout === 'crlf' ? '>\r\n\t' : '>')
  const decorated = laidOut.replace(/<\/?[^>]*>/g, (tag, at: number) => {
    if (at === 0) return tag.replace(/(\/?>)$/, ` xmlns:foreign="urn:foreign"$1`)
    if (tag.startsWith('</'))
      return (!PLAIN.test(tag) && due() ? `<foreign:e n="m${(marks += 1)}"><rule on="true"/></foreign:e>` : '') + tag
    const marked = due() ? tag.replace(/(\/?>)$/, ` foreign:a='m${(marks += 1)}'$1`) : tag
    return due() ? `<!--m${(marks += 1)}-->${layout === 'lines' ? '\n    ' : ''}${marked}` : marked
  })
  return prefix
    ? decorated.replace(/<(\/?)([a-z][a-z-]*(?=[\s/>]))/g, '<$1own:$2').replace(' xmlns="', ' xmlns:own="')
    : decorated
}

/** Each mark as often as it stands. */
export function marksIn(text: string): readonly string[] {
  return (
    text.match(/<!--m\d+-->|<foreign:e n="m\d+"><(?:own:)?rule on="true"\/><\/foreign:e>|foreign:a='m\d+'/g) ?? []
  ).sort()
}

/** An element of ours behind a foreign one, if there is any. */
export function misplaced({ root }: XmlDocument): string | undefined {
  const look = (element: XmlElement): string | undefined => {
    let foreign = false
    for (const child of element.children) {
      if (child.kind !== 'element') continue
      if (child.namespace === 'urn:foreign') foreign = true
      else if (foreign) return child.name
      else {
        const inside = look(child)
        if (inside !== undefined) return inside
      }
    }
    return undefined
  }
  return look(root)
}
