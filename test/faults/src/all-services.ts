import { startService, type Installation, type ServiceName, type ServiceProcess } from '@plimsoll/e2e'

const names = ['projection', 'poller', 'differ', 'syncer', 'rollback', 'api'] as const

export type AllServices = AsyncDisposable & {
  readonly of: (name: ServiceName) => ServiceProcess
  /** Kills a service, as a machine that loses its power. */
  readonly kill: (name: ServiceName) => Promise<void>
  readonly start: (name: ServiceName) => Promise<void>
}

/** Starts one process of each service; the api on a free port. */
export async function startAll(
  installation: Installation,
  settings: Readonly<Record<string, string>> = {},
): Promise<AllServices> {
  const running = new Map<ServiceName, ServiceProcess>()
  const start = async (name: ServiceName) => {
    running.set(name, await startService(installation, name, { PLIMSOLL_API_PORT: '0', ...settings }))
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
    await Promise.all(names.map(start))
  } catch (error) {
    await end()
    throw error
  }
  return { of, start, kill: async (name) => of(name)[Symbol.asyncDispose](), [Symbol.asyncDispose]: end }
}
