/**
 * Records and exports spans when the environment asks for it: OTEL_EXPORTER_OTLP_ENDPOINT (or …_TRACES_ENDPOINT) or OTEL_TRACES_EXPORTER.
 * The SDK costs half a second and 100 MB, so it is loaded only then. Disposing sends what is left.
 */
export async function startTelemetry({
  serviceName,
  env = process.env,
}: {
  readonly serviceName: string
  readonly env?: Readonly<Record<string, string | undefined>>
}): Promise<AsyncDisposable> {
  if (!isWanted(env)) return { [Symbol.asyncDispose]: () => Promise.resolve() }
  const { NodeSDK } = await import('@opentelemetry/sdk-node')
  const sdk = new NodeSDK({
    serviceName: env['OTEL_SERVICE_NAME'] ?? serviceName,
    metricReaders: [],
    logRecordProcessors: [],
  })
  sdk.start()
  return { [Symbol.asyncDispose]: () => sdk.shutdown() }
}

function isWanted(env: Readonly<Record<string, string | undefined>>): boolean {
  if (env['OTEL_SDK_DISABLED'] === 'true' || env['OTEL_TRACES_EXPORTER'] === 'none') return false
  return ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_TRACES_EXPORTER'].some(
    (name) => (env[name] ?? '') !== '',
  )
}
