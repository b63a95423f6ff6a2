import type { RepositoryEvent } from '../../src/repository.ts'
import { commit, unparked } from './sample.ts'
import type { Samples } from './sample.ts'

const repository = {
  id: 'shop-repo',
  url: 'https://git.example.com/company/shop.git',
  branch: 'main',
  poll_interval_ms: 30_000,
  credentials: 'token',
  ca: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
  proxy: 'http://proxy.example.com:3128',
  known_hosts: 'git.example.com ssh-ed25519 AAAAC3Nza',
} as const

export const repositorySamples: Samples<RepositoryEvent> = {
  RepositoryRegistered: { type: 'RepositoryRegistered', data: repository },
  RepositoryChanged: { type: 'RepositoryChanged', data: { ...repository, branch: 'stable' } },
  CredentialRotated: { type: 'CredentialRotated', data: { credentials: 'ssh' } },
  RepositoryDeleted: { type: 'RepositoryDeleted', data: { id: 'shop-repo' } },
  RefreshRequested: { type: 'RefreshRequested', data: { source: 'webhook' } },
  RevisionObserved: {
    type: 'RevisionObserved',
    data: {
      revision: commit,
      tree: '1ee'.padEnd(40, '0'),
      message: 'Serve the shop on port 8080\n\nThe probes followed.',
      author: 'Ada <ada@example.com>',
      committed_at: '2026-11-23T06:30:00.000Z',
    },
  },
  SourceFailed: {
    type: 'SourceFailed',
    data: { kind: 'auth-refused', message: 'the remote refused the credentials', retryable: true },
  },
  SourceRecovered: { type: 'SourceRecovered', data: { revision: commit } },
  RevisionRequested: { type: 'RevisionRequested', data: { ref: 'refs/pull/7/head' } },
  RevisionResolved: {
    type: 'RevisionResolved',
    data: {
      ref: 'refs/pull/7/head',
      revision: 'facade'.padEnd(40, '0'),
      tree: '3ee'.padEnd(40, '0'),
      message: 'Try another port',
      author: 'Grace <grace@example.com>',
      committed_at: '2026-11-23T06:40:00.000Z',
    },
  },
  RevisionRefused: {
    type: 'RevisionRefused',
    data: { ref: 'refs/pull/7/head', kind: 'revision-missing', message: 'the remote shows no ref of that name' },
  },
  RepositoryUnparked: { type: 'RepositoryUnparked', data: unparked },
}
