/** Holds answers against openapi.yaml: their statuses, and what their JSON looks like. */
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { parse } from 'yaml'

type Media = Readonly<
  Record<
    string,
    {
      readonly schema?: { readonly $ref?: string }
      readonly 'x-events'?: Readonly<Record<string, { readonly $ref: string }>>
    }
  >
>
interface Response {
  readonly $ref?: string
  readonly content?: Media
}
interface Operation {
  readonly security?: readonly object[]
  readonly tags?: readonly string[]
  readonly responses: Readonly<Record<string, Response>>
}
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly security: readonly object[]
  readonly components: {
    readonly securitySchemes: object
    readonly responses: Readonly<Record<string, Response>>
  }
}

const description = parse(readFileSync(new URL('../../openapi.yaml', import.meta.url), 'utf8')) as Description

const METHODS = ['get', 'put', 'post', 'delete']
/** What may come before it is known which resource was meant, and for what is none. */
const WITHOUT_RESOURCE = [400, 404, 408, 414, 431, 503]

const ajv = new Ajv2020({ strict: false, allErrors: true })
addFormats.default(ajv)
ajv.addSchema(description as object, 'openapi')

/** Whether a value is of the schema that has that name in the file. */
export function isOfSchema(name: string, value: unknown): boolean {
  return ajv.validate(`openapi#/components/schemas/${name}`, value)
}

/** Every method and path of the file. */
export const operations = Object.entries(description.paths).flatMap(([path, item]) =>
  METHODS.filter((method) => method in item).map((method) => ({ method: method.toUpperCase(), path })),
)

/** Whether anybody may ask, by the word of the file. */
export function isForAnybody(method: string, path: string): boolean {
  const { tags, security } = description.paths[path]?.[method.toLowerCase()] ?? {}
  return security?.length === 0 || tags?.includes('operation') === true
}

/** The ways to say who asks, as the file names them: those that it describes, and those that an operation takes. */
export const schemes = {
  described: Object.keys(description.components.securitySchemes),
  taken: description.security.flatMap((each) => Object.keys(each)),
}

/** Every status that the file gives an operation. */
export const listedStatuses = operations.flatMap(({ method, path }) =>
  Object.keys(description.paths[path]?.[method.toLowerCase()]?.responses ?? {}).map((status) => ({
    method,
    path,
    status: Number(status),
  })),
)

const templates = Object.keys(description.paths)
  .map((path) => {
    // `{selector}` is everything behind the tree; other parameters are one segment.
    const pattern = path
      .replace(/[.]/g, '\\.')
      .replace('{selector}', '.+')
      .replace(/\{\w+\}/g, '[^/]+')
    return { path, pattern: new RegExp(`^${pattern}$`), parameters: path.split('{').length }
  })
  .sort((one, other) => one.parameters - other.parameters)

function pathOf(target: string): string | undefined {
  const path = target.replace(/^http:\/\/[^/]*/, '').replace(/\?.*$/s, '')
  return templates.find(({ pattern }) => pattern.test(path))?.path
}

/** @throws Error for a status that the file does not list, or JSON that is not as it says. */
export function checkAgainstOpenapi(
  method: string,
  target: string,
  status: number,
  contentType: string | undefined,
  json: unknown,
): void {
  const about = `${method} ${target}: ${status}`
  const path = pathOf(target)
  const operation =
    path === undefined ? undefined : description.paths[path]?.[method === 'HEAD' ? 'get' : method.toLowerCase()]
  if (operation === undefined) {
    const allowed =
      path === undefined
        ? WITHOUT_RESOURCE
        : method === 'OPTIONS'
          ? [...WITHOUT_RESOURCE, 204]
          : [...WITHOUT_RESOURCE, 401, 403, 405]
    if (!allowed.includes(status)) throw new Error(`${about} is not in openapi.yaml`)
    if (json !== undefined) checkSchema('#/components/schemas/Problem', json, about)
    return
  }
  const listed = operation.responses[status]
  if (listed === undefined) throw new Error(`${about} is not in openapi.yaml`)
  const response =
    listed.$ref === undefined
      ? listed
      : (description.components.responses[listed.$ref.split('/').at(-1) ?? ''] as Response)
  if (json === undefined) return
  const schema = response.content?.[contentType ?? '']?.schema?.$ref
  // RFC 4825 §11 and RFC 9457 share 409: what is no conflict of XCAP is a problem.
  const known =
    schema ??
    (contentType === 'application/problem+json' && path?.startsWith('/xcap-root') === true
      ? '#/components/schemas/Problem'
      : undefined)
  if (known === undefined) throw new Error(`${about} with ${contentType} is not in openapi.yaml`)
  checkSchema(known, json, about)
}

/** @throws Error for an event that the file does not list, or data that is not as it says. */
export function checkEventAgainstOpenapi(target: string, event: string, data: unknown, method = 'get'): void {
  const path = pathOf(target)
  const operations = path === undefined ? undefined : description.paths[path]
  const operation = operations?.[method] ?? operations?.['post']
  const schema = operation?.responses['200']?.content?.['text/event-stream']?.['x-events']?.[event]?.$ref
  if (schema === undefined) throw new Error(`${target}: event ${event} is not in openapi.yaml`)
  checkSchema(schema, data, `${target}: event ${event}`)
}

function checkSchema(ref: string, json: unknown, about: string): void {
  const validate = ajv.getSchema(`openapi${ref}`)
  if (validate === undefined) throw new Error(`openapi.yaml has no ${ref}`)
  if (!validate(json))
    throw new Error(
      `${about} is not as openapi.yaml says: ${ajv.errorsText(validate.errors)} in ` +
        `${JSON.stringify(json).slice(0, 500)}`,
    )
}
