import type { XmlLimits } from '../../src/xml/limits.ts'

/** In the place of `c` in `<a xmlns:p="urn:p"><b><c/></b><d/></a>`, and whether that is within the limits. */
export const AT_LIMITS: readonly (readonly [fragment: string, limits: Partial<XmlLimits>, isWithin: boolean])[] = [
  ['<x><y/></x>', { depth: 4 }, true],
  ['<x><y/></x>', { depth: 3 }, false],
  ['<x/>', { elements: 4 }, true],
  ['<x><y/></x>', { elements: 4 }, false],
  ['<x xmlns="urn:x"/>', { namespaceDeclarations: 2 }, true],
  ['<x xmlns="urn:x" xmlns:q="urn:q"/>', { namespaceDeclarations: 2 }, false],
  ['<x><!DOCTYPE x></x>', {}, false],
]
