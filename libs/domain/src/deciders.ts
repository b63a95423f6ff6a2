import { evolveCluster, initialCluster } from './cluster.ts'
import { clusterCodec, repositoryCodec, systemCodec, workflowCodec } from './codec.ts'
import { evolveRepository, initialRepository } from './repository.ts'
import { evolveSystem, initialSystem } from './system.ts'
import { evolveWorkflow } from './workflow/state/evolve-workflow.ts'
import { initialWorkflow } from './workflow/state/state.ts'

/** What is needed to fold a stream and to append to it: one per kind of stream. */
export const repositoryDecider = { initial: initialRepository, evolve: evolveRepository, ...repositoryCodec }
export const workflowDecider = { initial: initialWorkflow, evolve: evolveWorkflow, ...workflowCodec }
export const systemDecider = { initial: initialSystem, evolve: evolveSystem, ...systemCodec }
export const clusterDecider = { initial: initialCluster, evolve: evolveCluster, ...clusterCodec }
