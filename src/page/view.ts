/**
 * How views are written: `html` makes nodes of templates. What a template is given becomes text, never markup; nothing
 * on this page sets innerHTML, and Trusted Types would refuse it.
 */
import htm from 'htm'
import { h, type ComponentChildren, type VNode } from 'preact'

export const html = htm.bind(h) as (strings: TemplateStringsArray, ...values: unknown[]) => VNode

export type Children = ComponentChildren
export { render } from 'preact'
export type { RefObject, VNode } from 'preact'
export { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
