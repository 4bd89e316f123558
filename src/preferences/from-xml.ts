/**
 * XML to JSON. Only expanded names count: foreign elements and attributes are passed over, with everything inside them.
 */
import { childElements, textOf, type XmlElement } from '../xml/tree.ts'
import type { Children, Field, Json, JsonObject, Scalar, Value } from './shape.ts'

const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace'

/** What a JSON form shows of an element, whose children of our own are in `namespace`. */
export function toJson(element: XmlElement, value: Value, namespace: string): Json {
  switch (value.kind) {
    case 'present':
      return true
    case 'text':
      return textOf(element)
    case 'attribute':
      return scalarOf(attributeNamed(element, value.name)?.value ?? '', value.scalar)
    case 'list':
      return childrenOf(element, value.children, namespace)
    case 'object':
      return objectOf(element, value.fields, value.inside ?? namespace)
  }
}

/** `xml:lang` stands for the attribute of that expanded name, whatever is plain for one without a namespace. */
export function attributeNamed(element: XmlElement, name: string): XmlElement['attributes'][number] | undefined {
  const namespace = name.startsWith('xml:') ? XML_NAMESPACE : ''
  const local = name.slice(name.indexOf(':') + 1)
  return element.attributes.find((attribute) => attribute.local === local && attribute.namespace === namespace)
}

/** Our own elements among the children, those of `children`. */
export function elementsOf(parent: XmlElement, { members }: Children, namespace: string): readonly XmlElement[] {
  return childElements(parent).filter(
    (element) => element.namespace === namespace && members.some((member) => member.element === element.local),
  )
}

function objectOf(element: XmlElement, fields: readonly Field[], namespace: string): JsonObject {
  const json: Record<string, Json> = {}
  for (const field of fields) {
    const value = fieldOf(element, field, namespace)
    if (value !== undefined) json[field.field] = value
  }
  return json
}

function fieldOf(element: XmlElement, field: Field, namespace: string): Json | undefined {
  switch (field.kind) {
    case 'attribute': {
      const attribute = attributeNamed(element, field.name)
      return attribute && scalarOf(attribute.value, field.scalar)
    }
    case 'text':
      return textOf(element)
    case 'child': {
      const [first] = childrenOf(element, { members: [field.member], key: undefined }, namespace)
      return first
    }
    case 'children': {
      const all = childrenOf(element, field.children, namespace)
      return all.length === 0 ? undefined : all
    }
  }
}

function childrenOf(parent: XmlElement, children: Children, namespace: string): readonly Json[] {
  return elementsOf(parent, children, namespace).flatMap((element) => {
    const member = children.members.find((candidate) => candidate.element === element.local)
    return member === undefined ? [] : [toJson(element, member.value, namespace)]
  })
}

function scalarOf(text: string, scalar: Scalar): Json {
  switch (scalar) {
    case 'text':
      return text
    case 'count':
    case 'number':
      return Number(text)
    case 'boolean':
      return text === 'true'
    case 'words':
      return text.split(' ')
  }
}

/** A value as the text of an attribute. */
export function scalarText(json: Json): string {
  return Array.isArray(json) ? json.join(' ') : String(json)
}
