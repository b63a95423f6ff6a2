import { ServerFailureError } from './errors.ts'

/** What an answer has to hold. @throws ServerFailureError when it does not */
export function answered<T>(value: T | undefined, what: string): T {
  if (value !== undefined) return value
  throw new ServerFailureError('internal', [
    {
      what: 'The answer of the server is not whole',
      where: what,
      because: `it holds no ${what}`,
      try: 'Bring server and client to the same version.',
    },
  ])
}
