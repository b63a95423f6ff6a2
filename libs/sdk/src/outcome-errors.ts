import { PlimsollError, type Fault } from './errors.ts'
import type { RollbackResult, SyncResult } from './shapes/workflow-status.ts'

type Faults = readonly [Fault, ...Fault[]]

/** The sync ended as failed, or was superseded by a newer one; `faults` say why. Code `sync_failed`. */
export class SyncFailedError extends PlimsollError {
  override readonly name = 'SyncFailedError'
  readonly result: SyncResult

  constructor(id: string, result: SyncResult) {
    const fault = {
      what: 'The sync failed',
      where: id,
      because: result.message,
      try: `Look at \`plimsoll status ${id}\`.`,
    }
    super('sync_failed', faultsOr(result.faults, fault))
    this.result = result
  }
}

/** The sync waits until somebody has approved its plan. Code `approval_required`. */
export class ApprovalRequiredError extends PlimsollError {
  override readonly name = 'ApprovalRequiredError'
  /** Digest of the plan, for `approveSync`. */
  readonly plan: string

  constructor(id: string, plan: string) {
    super('approval_required', [
      {
        what: 'The sync waits for approval',
        where: id,
        because: `somebody has to approve plan ${plan}`,
        try: `plimsoll approve ${id} --plan ${plan}`,
      },
    ])
    this.plan = plan
  }
}

/** The sync has not begun and begins by itself later: a window is closed. Code `sync_waits`. */
export class SyncWaitsError extends PlimsollError {
  override readonly name = 'SyncWaitsError'

  constructor(id: string, message: string) {
    super('sync_waits', [
      { what: 'The sync waits', where: id, because: message, try: `Look at \`plimsoll status ${id}\`, or cancel it.` },
    ])
  }
}

/** The rollback ended as failed; `result.left` says what was not put back. Code `rollback_failed`. */
export class RollbackFailedError extends PlimsollError {
  override readonly name = 'RollbackFailedError'
  readonly result: RollbackResult

  constructor(id: string, result: RollbackResult) {
    const fault = {
      what: 'The rollback failed',
      where: id,
      because: result.message,
      try: `Look at \`plimsoll status ${id}\`; a rollback can be asked for again.`,
    }
    super('rollback_failed', faultsOr(result.faults, fault))
    this.result = result
  }
}

function faultsOr([first, ...others]: readonly Fault[], fault: Fault): Faults {
  return first === undefined ? [fault] : [first, ...others]
}
