// Stored in the event log: rename or reshape only with an upcaster.
export type SystemEvent =
  | { readonly type: 'AutoSyncStarted'; readonly data: Record<string, never> }
  | { readonly type: 'AutoSyncStopped'; readonly data: Record<string, never> }

export type System = { readonly autoSync: boolean }

export const initialSystem: System = { autoSync: false }

export function evolveSystem(_system: System, { type }: SystemEvent): System {
  switch (type) {
    case 'AutoSyncStarted':
      return { autoSync: true }
    case 'AutoSyncStopped':
      return { autoSync: false }
  }
}

export function startAutoSync(system: System): SystemEvent[] {
  return system.autoSync ? [] : [{ type: 'AutoSyncStarted', data: {} }]
}

export function stopAutoSync(system: System): SystemEvent[] {
  return system.autoSync ? [{ type: 'AutoSyncStopped', data: {} }] : []
}
