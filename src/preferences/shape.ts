/**
 * The language in which each document is described once: how elements and attributes of XML become fields of JSON.
 * Reading (`from-xml.ts`), printing (`print.ts`) and editing (`edit.ts`) all follow the same description.
 */
export type Json = string | number | boolean | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [field: string]: Json
}

/** How the text of an attribute becomes JSON: `words` are parted by single blanks and become an array. */
export type Scalar = 'text' | 'count' | 'number' | 'boolean' | 'words'

/** What an element becomes. */
export type Value =
  | { readonly kind: 'object'; readonly fields: readonly Field[]; readonly inside: string | undefined }
  /** The value of its one attribute. */
  | { readonly kind: 'attribute'; readonly name: string; readonly scalar: Scalar }
  /** Its character data. */
  | { readonly kind: 'text' }
  /** `true`: that it is there says all. */
  | { readonly kind: 'present' }
  /** An array of what lies inside. */
  | { readonly kind: 'list'; readonly children: Children }

export interface Member {
  readonly element: string
  readonly value: Value
}

/**
 * Elements whose order is their order in the array. With several members, one of a JSON array is the member whose first
 * field it has. `key`: the field by which a JSON write finds the element again; missing: by its whole value.
 */
export interface Children {
  readonly members: readonly Member[]
  readonly key: string | undefined
}

export type Field =
  | { readonly kind: 'attribute'; readonly field: string; readonly name: string; readonly scalar: Scalar }
  | { readonly kind: 'text'; readonly field: string }
  /** At most one such element. */
  | { readonly kind: 'child'; readonly field: string; readonly member: Member }
  /** Any number; without one the field is missing. */
  | { readonly kind: 'children'; readonly field: string; readonly children: Children }

export interface DocumentShape {
  readonly root: string
  readonly namespace: string
  readonly value: Value
  /** Prefixes that a new document declares at its root where its JSON has the field. */
  readonly declares: readonly { readonly field: string; readonly prefix: string; readonly namespace: string }[]
}

/** `max-bytes` is `maxBytes`. */
function camel(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

export function attribute(name: string, scalar: Scalar = 'text', field = camel(name)): Field {
  return { kind: 'attribute', field, name, scalar }
}

export function characters(field: string): Field {
  return { kind: 'text', field }
}

export function child(element: string, value: Value): Field {
  return { kind: 'child', field: camel(element), member: { element, value } }
}

export function children(field: string, element: string, value: Value, key?: string): Field {
  return { kind: 'children', field, children: { members: [{ element, value }], key } }
}

/** `inside`: the namespace of its children, where it is not its own. */
export function object(fields: readonly Field[], inside?: string): Value {
  return { kind: 'object', fields, inside }
}

export function valueOf(name: string, scalar: Scalar = 'text'): Value {
  return { kind: 'attribute', name, scalar }
}
