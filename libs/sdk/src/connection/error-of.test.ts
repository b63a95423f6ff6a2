import { Code, ConnectError } from '@connectrpc/connect'
import { FaultSchema } from '@plimsoll/proto'
import { expect, test } from 'vitest'
import { PlimsollError } from '../errors.ts'
import { errorOf } from './error-of.ts'

const url = 'http://127.0.0.1:7420'
const fault = { what: 'It is wrong', where: 'k8s/web.yaml:12', because: 'of a tab', try: 'Use spaces.' }

const codes = Object.values(Code).filter((code) => typeof code === 'number')
const words: Readonly<Record<Code, string>> = {
  [Code.Canceled]: 'ServerAwayError unavailable',
  [Code.Unknown]: 'ServerFailureError internal',
  [Code.InvalidArgument]: 'InvalidRequestError invalid_argument',
  [Code.DeadlineExceeded]: 'DeadlineError deadline_exceeded',
  [Code.NotFound]: 'NotFoundError not_found',
  [Code.AlreadyExists]: 'PreconditionError already_exists',
  [Code.PermissionDenied]: 'PermissionDeniedError permission_denied',
  [Code.ResourceExhausted]: 'PlimsollError resource_exhausted',
  [Code.FailedPrecondition]: 'PreconditionError failed_precondition',
  [Code.Aborted]: 'ServerAwayError unavailable',
  [Code.OutOfRange]: 'InvalidRequestError invalid_argument',
  [Code.Unimplemented]: 'UnsupportedError unimplemented',
  [Code.Internal]: 'ServerFailureError internal',
  [Code.Unavailable]: 'ServerAwayError unavailable',
  [Code.DataLoss]: 'ServerFailureError internal',
  [Code.Unauthenticated]: 'UnauthenticatedError unauthenticated',
}

test.each(codes)('code %i has a class, and keeps what the server says', (code) => {
  const error = errorOf(new ConnectError('no', code, undefined, [{ desc: FaultSchema, value: fault }]), url)
  expect(error).toBeInstanceOf(PlimsollError)
  expect(`${error.name} ${error.code}`).toBe(words[code])
  expect(error).toMatchObject({ ...fault, faults: [fault], message: 'It is wrong: of a tab' })
  expect(error.retryable).toBe(/away|deadline/i.test(error.name))
})

const caused = (text: string, code: Code, cause: unknown) => new ConnectError(text, code, undefined, undefined, cause)
const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })

test.each([
  ['a refused connection of HTTP/2', caused('refused', Code.Unavailable, refused), false],
  ['a refused connection of fetch', caused('fetch failed', Code.Unknown, new TypeError('', { cause: refused })), false],
  ['a broken connection of fetch', caused('terminated', Code.Unknown, new TypeError('terminated')), true],
  [
    'a broken session',
    caused('x', Code.Internal, Object.assign(new Error(), { code: 'ERR_HTTP2_SESSION_ERROR' })),
    true,
  ],
  ['an answer that ends too early', new ConnectError('protocol error: missing end', Code.InvalidArgument), true],
  ['a server that stops', new ConnectError('the api stops', Code.Unavailable), true],
])('%s is a server that is away', (_what, error, lost) => {
  expect(errorOf(error, url)).toMatchObject({
    name: 'ServerAwayError',
    what: 'The server cannot be reached',
    where: url,
    answered: false,
    lost,
  })
})

test('what is an error of ours stays what it is', () => {
  const error = errorOf(new ConnectError('x', Code.NotFound), url)
  expect(errorOf(error, url)).toBe(error)
  expect(error.cause).toBeInstanceOf(ConnectError)
})
