import { parentPort } from 'node:worker_threads'
import type { WorkerReply, WorkerRequest } from './parse-job.ts'
import { readManifestFile } from './parse-manifest-file.ts'
import { selectFiles } from './select-files.ts'

parentPort?.on('message', (request: WorkerRequest) => {
  parentPort?.postMessage(answer(request))
})

function answer(request: WorkerRequest): WorkerReply {
  if (request.type === 'select')
    return { type: 'select', selection: selectFiles(request.entries, request.ignoreFiles, request.purpose) }
  const at = new Int32Array(request.progress)
  const results = request.files.map((file, i) => {
    Atomics.store(at, 0, i)
    return readManifestFile(file, request.limits)
  })
  return { type: 'parse', results }
}
