export type VolumeClaim = {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly deletionTimestamp?: string }
  readonly spec: {
    readonly accessModes?: readonly string[]
    readonly resources?: { readonly requests?: Readonly<Record<string, string>> }
  }
  readonly status?: { readonly phase?: string }
}

/** The status of a claim that a provisioner has served: bound, with the capacity that it asked for. */
export function boundStatus({ spec }: VolumeClaim): object {
  return { phase: 'Bound', accessModes: spec.accessModes ?? [], capacity: spec.resources?.requests ?? {} }
}
