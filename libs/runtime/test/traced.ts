import { registerHooks } from 'node:module'

const given = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const loaded: string[] = []
registerHooks({
  resolve: (specifier, context, next) => {
    loaded.push(specifier)
    return next(specifier, context)
  },
})
const { currentTraceparent, inSpan, parseTraceparent, startTelemetry } = await import('../src/index.ts')
{
  await using _ = await startTelemetry({ serviceName: 'test' })
  const inner = await inSpan('outer', given, () =>
    inSpan('inner', currentTraceparent(), () => Promise.resolve(currentTraceparent())),
  )
  console.log(
    JSON.stringify({ sdk: loaded.includes('@opentelemetry/sdk-node'), trace: parseTraceparent(inner)?.traceId }),
  )
}
