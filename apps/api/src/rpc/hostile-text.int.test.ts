import type { DescField, DescMessage, DescMethod } from '@bufbuild/protobuf'
import { Code, createClient } from '@connectrpc/connect'
import { Health } from '@plimsoll/proto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestApi, type TestApi } from '../../test/open-test-api.ts'
import { refusal } from '../../test/refusal.ts'
import { services } from './routes.ts'

let api: TestApi
beforeAll(async () => {
  api = await openTestApi()
  await api.gitops.registerRepository({ id: 'shop', url: 'https://git.example.com/shop.git' })
})
afterAll(() => api[Symbol.asyncDispose]())

const texts = {
  'a NUL': 'a\0b',
  'a lone surrogate': 'a\ud800b',
  'a quote': `'"; drop table event; --`,
  'a path': '../../../etc/passwd',
  'a prototype': '__proto__',
  'a long text': 'x'.repeat(100_000),
}

const methods = services
  .filter(({ typeName }) => typeName !== Health.typeName)
  .flatMap((service) =>
    service.methods.map((method) => [`${service.typeName}/${method.name}`, service, method] as const),
  )
  .filter(([, , { methodKind }]) => methodKind !== 'bidi_streaming')

test.each(methods)(
  '%s takes any text for what it is: no answer is an internal error',
  async (_name, service, method) => {
    const client = createClient(service, api.transport) as unknown as Readonly<
      Record<string, (request: object) => unknown>
    >
    for (const [name, text] of Object.entries(texts)) {
      for (const request of requestsOf(method.input, text)) {
        const code = await codeOf(() => read(method, client[method.localName]?.(request)))
        expect([name, request, Code[code ?? 0]]).not.toEqual([name, request, Code[Code.Internal]])
        expect(code).not.toBe(Code.Unknown)
      }
    }
  },
)

async function codeOf(call: () => Promise<unknown>): Promise<Code | undefined> {
  try {
    return (await refusal(call)).code
  } catch {
    return undefined
  }
}

async function read({ methodKind }: DescMethod, answer: unknown): Promise<void> {
  if (methodKind === 'unary') await answer
  else for await (const _ of answer as AsyncIterable<unknown>) return
}

/** One request for each text field, with the text in it, and one with the text in all. */
function requestsOf(schema: DescMessage, text: string): object[] {
  const single = schema.fields.flatMap((field) => valuesOf(field, text).map((value) => place(field, value)))
  return [...single, Object.assign({}, ...single) as object]
}

function valuesOf(field: DescField, text: string): unknown[] {
  if (field.fieldKind === 'message') return requestsOf(field.message, text)
  if (field.fieldKind === 'list')
    return field.listKind === 'message' ? requestsOf(field.message, text).map((item) => [item]) : [[text]]
  if (field.fieldKind === 'map') return [{ [text]: text }]
  return field.fieldKind === 'scalar' && field.scalar === 9 ? [text] : []
}

function place(field: DescField, value: unknown): object {
  return field.oneof === undefined
    ? { [field.localName]: value }
    : { [field.oneof.localName]: { case: field.localName, value } }
}
