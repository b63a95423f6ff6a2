import type { ClusterEvent } from '../../src/cluster.ts'
import { unparked } from './sample.ts'
import type { Samples } from './sample.ts'

const registered = {
  id: 'east',
  server: 'https://east.example.com:6443',
  context: 'admin@east',
  ca: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
  tls_server_name: 'kubernetes.default',
  proxy: 'http://proxy.example.com:3128',
  credentials: 'token',
  fingerprint: 'e1'.repeat(16),
  uid: '6a1b0c1e-0000-4000-8000-00000000ea57',
} as const

export const clusterSamples: Samples<ClusterEvent> = {
  ClusterRegistered: { type: 'ClusterRegistered', data: { ...registered, version: '1.36.4' } },
  ClusterChanged: { type: 'ClusterChanged', data: { ...registered, server: 'https://new.example.com' } },
  ClusterCredentialRotated: {
    type: 'ClusterCredentialRotated',
    data: { id: 'east', credentials: 'certificate', fingerprint: 'f2'.repeat(16) },
  },
  ClusterRemoved: { type: 'ClusterRemoved', data: { id: 'east' } },
  ClusterReached: { type: 'ClusterReached', data: { id: 'default', version: '1.36.4' } },
  ClusterLost: { type: 'ClusterLost', data: { id: 'default', message: 'connection refused' } },
  ClusterUnparked: { type: 'ClusterUnparked', data: { ...unparked, roles: ['cluster'] } },
}
