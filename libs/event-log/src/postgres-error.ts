const connectionCodes = new Set(['57P01', '57P02', '57P03', 'ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT'])

/** Whether the server went away, is starting, or the connection broke: the same statement may pass on another connection. */
export function isConnectionLost(error: unknown): boolean {
  const code = codeOf(error)
  if (code !== undefined && (connectionCodes.has(code) || code.startsWith('08'))) return true
  return (
    error instanceof Error && /^(Connection terminated|Client has encountered a connection error)/.test(error.message)
  )
}

export function isDeadlock(error: unknown): boolean {
  return codeOf(error) === '40P01'
}

/** Whether a constraint refused the row. */
export function isConstraintViolation(error: unknown): boolean {
  return codeOf(error)?.startsWith('23') === true
}

/** Whether it was the constraint of this name. */
export function violates(error: unknown, constraint: string): boolean {
  return (
    isConstraintViolation(error) && error instanceof Error && 'constraint' in error && error.constraint === constraint
  )
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
