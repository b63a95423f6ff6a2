export * from './samples/cluster-samples.ts'
export * from './samples/repository-samples.ts'
export * from './samples/system-samples.ts'
export * from './samples/workflow-samples.ts'
