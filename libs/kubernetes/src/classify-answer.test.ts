import { expect, test } from 'vitest'
import { classifyAnswer } from './classify-answer.ts'
import type { KubernetesErrorKind } from './kubernetes-error.ts'

const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' }

function answer(status: number, body: object | string, retryAfter?: string) {
  return { status, body: typeof body === 'string' ? body : JSON.stringify(body), retryAfter }
}

// Answers that kube-apiserver 1.36 gives and the integration tests do not provoke.
const answers: [KubernetesErrorKind, boolean, number, object | string][] = [
  [
    'quota',
    false,
    403,
    { message: 'pods "web" is forbidden: exceeded quota: small, requested: pods=1', reason: 'Forbidden' },
  ],
  ['admission', false, 403, { message: 'admission webhook "policy.example.com" denied the request: no root' }],
  ['admission', false, 400, { message: 'admission webhook "policy.example.com" denied the request: no root' }],
  [
    'admission',
    false,
    422,
    { message: "deployments \"web\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no" },
  ],
  ['admission', false, 403, { message: 'pods "web" is forbidden: violates PodSecurity "restricted:latest"' }],
  [
    'namespace-terminating',
    true,
    403,
    {
      message:
        'configmaps "a" is forbidden: unable to create new content in namespace shop because it is being terminated',
      details: { causes: [{ reason: 'NamespaceTerminating' }] },
    },
  ],
  [
    'immutable',
    false,
    422,
    { message: 'Deployment.apps "web" is invalid: spec.selector: Invalid value: {}: field is immutable' },
  ],
  [
    'immutable',
    false,
    422,
    {
      message:
        'StatefulSet.apps "db" is invalid: spec: Forbidden: updates to statefulset spec for fields other than \'replicas\' are forbidden',
    },
  ],
  [
    'immutable',
    false,
    422,
    { message: 'Service "web" is invalid: spec.clusterIP: Invalid value: "": may not be changed once set' },
  ],
  ['unknown-field', false, 400, { message: 'strict decoding error: unknown field "spec.a"', reason: 'BadRequest' }],
  ['invalid', false, 400, { message: 'error decoding patch' }],
  ['not-found', false, 404, { message: 'x', details: { name: 'web', kind: 'deployments' } }],
  [
    'namespace-missing',
    false,
    404,
    { message: 'namespaces "shop" not found', details: { name: 'shop', kind: 'namespaces' } },
  ],
  ['unknown-kind', false, 404, { message: 'the server could not find the requested resource', details: {} }],
  ['unknown-kind', false, 404, '404 page not found\n'],
  ['too-large', false, 413, { message: 'Request entity too large: limit is 3145728' }],
  ['too-large', false, 500, { message: 'etcdserver: request is too large' }],
  ['expired', true, 410, { message: 'The resourceVersion for the provided list is too old.', reason: 'Expired' }],
  ['throttled', true, 429, { message: 'Too many requests, please try again later.' }],
  ['timeout', true, 504, { message: 'Timeout: request did not complete', reason: 'Timeout' }],
  ['unavailable', true, 503, { message: 'apiserver is shutting down', reason: 'ServiceUnavailable' }],
  ['unavailable', true, 502, '<html>Bad Gateway</html>'],
  ['unavailable', true, 500, { message: 'Internal error occurred: failed calling webhook "x": connection refused' }],
  ['unavailable', true, 500, { message: 'failed to allocate IP: range is full', reason: 'InternalError' }],
  [
    'invalid',
    false,
    500,
    { message: 'failed to create typed patch object (shop/web): .spec.replicas: expected numeric, got "a"' },
  ],
]

test.each(answers)('%s, retryable %s: %s %j', (kind, retryable, status, body) => {
  expect(classifyAnswer(answer(status, body), ref && { ref })).toMatchObject({ kind, retryable, status, ref })
})

test.each([
  ['a header', '3', {}, 3000],
  ['the answer itself', undefined, { details: { retryAfterSeconds: 2 } }, 2000],
  ['nothing', undefined, {}, undefined],
  ['a date', 'Mon, 23 Nov 2026 07:00:00 GMT', {}, undefined],
])('how long to wait comes from %s', (_name, header, body, retryAfterMs) => {
  expect(classifyAnswer(answer(429, body, header)).retryAfterMs).toBe(retryAfterMs)
})

const secret = { apiVersion: 'v1', kind: 'Secret', namespace: 'shop', name: 'db' }

test.each([
  'Secret "db" is invalid: data[password]: Invalid value: "hunter2": too short',
  'Secret "db" is invalid: data[password]: Invalid value: hunter2 and more: too short',
  '.stringData.pin: expected string, got &value.valueUnstructured{Value:"hunter2"}',
  '.stringData.pin: expected map, got hunter2',
  'admission webhook "p.example.com" denied the request: the value \'hunter2\' is weak',
  'the value `hunter2` is weak',
  'the value aHVudGVyMg== is weak',
  'the value hunter2 is weak',
  'the value c3dvcmRmaXNo is weak, and so is swordfish',
])('no value of a Secret is left in: %s', (message) => {
  const sent = {
    ...secret,
    metadata: { name: 'db' },
    data: { a: btoa('hunter2') },
    stringData: { b: 'swordfish', n: 1 },
  }
  const masked = classifyAnswer(answer(422, { message }), { ref: secret, sent }).message
  expect(masked).not.toMatch(/hunter2|aHVudGVyMg|swordfish|c3dvcmRmaXNo/)
})

const settings = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'settings' }
const sentSettings = { ...settings, metadata: { name: 'settings' }, data: { pin: '4711', open: 'visible' } }

test.each([
  'ConfigMap "settings" is invalid: data[pin]: Invalid value: "4711": too short',
  '.data.pin: expected string, got &value.valueUnstructured{Value:4711}',
  'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number 4711 into Go struct',
  'admission webhook "p.example.com" denied the request: the pin NDcxMQ== is weak',
])('no value of another object that is named as sensitive is left in: %s', (message) => {
  const asked = { ref: settings, sent: sentSettings, sensitive: ['/data/pin'] }
  expect(classifyAnswer(answer(422, { message }), asked).message).not.toMatch(/4711|NDcxMQ/)
  expect(classifyAnswer(answer(422, { message }), { ref: settings, sent: sentSettings }).message).toBe(message)
})

test('a conflict about an item of a set does not tell the item', () => {
  const causes = [
    {
      reason: 'FieldManagerConflict',
      message: 'conflict with "editor"',
      field: '.metadata.finalizers[v="example.com/4711"]',
    },
  ]
  const sent = { ...sentSettings, metadata: { name: 'settings', finalizers: ['example.com/4711'] } }
  const asked = { ref: settings, sent, sensitive: ['/metadata/finalizers/0'] }
  expect(classifyAnswer(answer(409, { message: 'x', details: { causes } }), asked).conflicts).toEqual([
    { manager: 'editor', field: '.metadata.finalizers[v="***"]' },
  ])
})

test('what names the Secret and its field stays readable', () => {
  const message = 'Secret "db" is invalid: data[password]: Invalid value: "hunter2": too short'
  expect(classifyAnswer(answer(422, { message }), { ref: secret }).message).toBe(
    'Secret "db" is invalid: data[password]: Invalid value: "***": too short',
  )
})
