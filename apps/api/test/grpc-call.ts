import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf'
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js'

/** One unary call with Google's own gRPC client; answers the message, or the error with its code. */
export async function grpcCall<I extends DescMessage, O extends DescMessage>(
  port: number,
  path: string,
  [input, output]: readonly [I, O],
  request: MessageInitShape<I>,
  token?: string,
): Promise<MessageShape<O> | ServiceError> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure())
  const metadata = new Metadata()
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`)
  try {
    return await new Promise((resolve) => {
      client.makeUnaryRequest(
        path,
        (message: MessageShape<I>) => Buffer.from(toBinary(input, message)),
        (bytes: Buffer) => fromBinary(output, bytes),
        create(input, request),
        metadata,
        (error, answer) => resolve(error ?? (answer as MessageShape<O>)),
      )
    })
  } finally {
    client.close()
  }
}
