import { startService, type Installation, type ServiceName, type ServiceProcess } from '@plimsoll/e2e'

const workers = ['projection', 'poller', 'differ', 'syncer'] as const

export type AllServices = AsyncDisposable & {
  readonly of: (name: ServiceName) => ServiceProcess
  /** Kills a service, as a machine that loses its power. */
  readonly kill: (name: ServiceName) => Promise<void>
  readonly start: (name: ServiceName) => Promise<void>
}

/** Starts one process of each service that carries commits. */
export async function startAll(
  installation: Installation,
  settings: Readonly<Record<string, string>> = {},
): Promise<AllServices> {
  const running = new Map<ServiceName, ServiceProcess>()
  const start = async (name: ServiceName) => {
    running.set(name, await startService(installation, name, settings))
  }
  const of = (name: ServiceName) => {
    const service = running.get(name)
    if (service === undefined) throw new Error(`no ${name} runs`)
    return service
  }
  const end = async () => {
    await Promise.all([...running.values()].map((service) => service[Symbol.asyncDispose]()))
  }
  try {
    await Promise.all(workers.map(start))
  } catch (error) {
    await end()
    throw error
  }
  return { of, start, kill: async (name) => of(name)[Symbol.asyncDispose](), [Symbol.asyncDispose]: end }
}
