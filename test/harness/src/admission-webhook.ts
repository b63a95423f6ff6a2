import { randomBytes } from 'node:crypto'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { ApiObject } from '@plimsoll/embedded'
import { createCertificate } from './certificate.ts'
import { cluster } from './cluster.ts'
import { until } from './until.ts'

export type JsonPatch = readonly {
  readonly op: 'add' | 'replace' | 'remove'
  readonly path: string
  readonly value?: unknown
}[]

/** What a webhook says: nothing lets the object pass as it is. */
export type Verdict = { readonly patch?: JsonPatch; readonly deny?: string }

export type AdmissionWebhookOptions = {
  readonly type: 'Mutating' | 'Validating'
  /** The only namespace whose objects it sees. */
  readonly namespace: string
  /** Plural names of what it sees, with the group behind a dot: `deployments.apps`. */
  readonly resources: readonly string[]
  readonly review: (object: ApiObject) => Verdict
}

export type AdmissionWebhook = AsyncDisposable & {
  /** As the API server calls it in its messages. */
  readonly name: string
  /** Stops answering; the API server then refuses what it would have asked about. */
  readonly stop: () => Promise<void>
}

type Review = { readonly request: { readonly uid: string; readonly object: ApiObject } }

/** Starts an admission webhook over TLS on loopback, registers it, and waits until the API server asks it. */
export async function admissionWebhook(options: AdmissionWebhookOptions): Promise<AdmissionWebhook> {
  const { type, namespace, review } = options
  const probe = `probe-${randomBytes(4).toString('hex')}`
  let probed = false
  const ca = createCertificate('webhook-ca')
  const { cert, key } = createCertificate('webhook', { issuer: { ...ca, name: 'webhook-ca' } })
  const server = createServer({ cert, key }, (request, response) => {
    void Array.fromAsync(request as AsyncIterable<Buffer>).then((chunks) => {
      const { request: asked } = JSON.parse(Buffer.concat(chunks).toString()) as Review
      const isProbe = asked.object.metadata.name === probe
      probed ||= isProbe
      const answer = answerTo(asked.uid, isProbe ? {} : review(asked.object))
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answer))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })

  const api = cluster()
  const name = `${probe}.example.com`
  const path = `/apis/admissionregistration.k8s.io/v1/${type.toLowerCase()}webhookconfigurations/${name}`
  const { port } = server.address() as AddressInfo
  const caBundle = Buffer.from(ca.cert).toString('base64')
  await api.apply(path, registration(options, name, { url: `https://127.0.0.1:${port}/review`, caBundle }))
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: probe } }
  await until(
    async () => {
      await api.request('POST', `/api/v1/namespaces/${namespace}/configmaps?dryRun=All`, object)
      return probed
    },
    { what: 'the API server asks the webhook' },
  )
  return {
    name,
    stop,
    [Symbol.asyncDispose]: async () => {
      await api.delete(path)
      api[Symbol.dispose]()
      await stop()
    },
  }
}

function registration({ type, namespace, resources }: AdmissionWebhookOptions, name: string, clientConfig: object) {
  const rules = [...new Set([...resources, 'configmaps'])].map((resource) => {
    const [plural, ...group] = resource.split('.')
    return { apiGroups: [group.join('.')], apiVersions: ['*'], operations: ['CREATE', 'UPDATE'], resources: [plural] }
  })
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: `${type}WebhookConfiguration`,
    metadata: { name },
    webhooks: [
      {
        name,
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Fail',
        clientConfig,
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        rules,
      },
    ],
  }
}

function answerTo(uid: string, { patch, deny }: Verdict): object {
  const response = {
    uid,
    allowed: deny === undefined,
    ...(deny !== undefined && { status: { message: deny } }),
    ...(patch !== undefined && {
      patchType: 'JSONPatch',
      patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
    }),
  }
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response }
}
