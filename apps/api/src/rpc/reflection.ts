import { toBinary, type DescFile, type DescMessage, type DescService, type MessageInitShape } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'
import { Code } from '@connectrpc/connect'
import type { ServerReflectionRequest, ServerReflectionResponseSchema } from '@plimsoll/proto'

type Response = MessageInitShape<typeof ServerReflectionResponseSchema>
type Answer = NonNullable<Response['messageResponse']>

/** Answers what the server serves, so that a generic client such as grpcurl needs no .proto files. */
export function reflection(services: readonly DescService[]) {
  const files = new Map(services.flatMap(({ file }) => closure(file)).map((file) => [`${file.name}.proto`, file]))
  const symbols = new Map(
    [...files.values()].flatMap((file) => symbolsOf(file).map((symbol) => [symbol, file] as const)),
  )

  function answer({ messageRequest: request }: ServerReflectionRequest): Answer {
    switch (request.case) {
      case 'listServices':
        return {
          case: 'listServicesResponse',
          value: { service: services.map(({ typeName }) => ({ name: typeName })) },
        }
      case 'fileByFilename':
        return descriptorOf(files.get(request.value), request.value)
      case 'fileContainingSymbol':
        return descriptorOf(symbols.get(request.value), request.value)
      default:
        return unknown('an extension')
    }
  }

  return async function* (requests: AsyncIterable<ServerReflectionRequest>): AsyncIterable<Response> {
    for await (const request of requests)
      yield { validHost: request.host, originalRequest: request, messageResponse: answer(request) }
  }
}

/** The file first, then all that it needs. */
function closure(file: DescFile): DescFile[] {
  return [...new Set([file, ...file.dependencies.flatMap(closure)])]
}

function symbolsOf(file: DescFile): string[] {
  const inMessage = (message: DescMessage): string[] => [
    message.typeName,
    ...message.fields.map(({ name }) => `${message.typeName}.${name}`),
    ...message.nestedEnums.map(({ typeName }) => typeName),
    ...message.nestedMessages.flatMap(inMessage),
  ]
  return [
    ...file.messages.flatMap(inMessage),
    ...file.enums.map(({ typeName }) => typeName),
    ...file.services.flatMap(({ typeName, methods }) => [
      typeName,
      ...methods.map(({ name }) => `${typeName}.${name}`),
    ]),
  ]
}

function descriptorOf(file: DescFile | undefined, wanted: string): Answer {
  if (file === undefined) return unknown(wanted)
  const protos = closure(file).map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto))
  return { case: 'fileDescriptorResponse', value: { fileDescriptorProto: protos } }
}

function unknown(wanted: string): Answer {
  return { case: 'errorResponse', value: { errorCode: Code.NotFound, errorMessage: `there is no ${wanted}` } }
}
