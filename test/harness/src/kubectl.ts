import { execFile } from 'node:child_process'
import { dirname, delimiter } from 'node:path'
import { promisify } from 'node:util'
import { findOrBuildTool } from '@plimsoll/embedded'
import { testEnvironment } from './test-environment.ts'

const execute = promisify(execFile)

/** Runs a line of shell as a person would type it, with kubectl on the PATH and the test cluster as its cluster; answers what it prints. */
export async function typeInShell(
  line: string,
  kubeconfig = testEnvironment('PLIMSOLL_TEST_KUBECONFIG'),
): Promise<string> {
  const { path } = await findOrBuildTool('kubectl')
  const env = { ...process.env, PATH: `${dirname(path)}${delimiter}${process.env['PATH']}`, KUBECONFIG: kubeconfig }
  const { stdout } = await execute('sh', ['-c', line], { env, maxBuffer: 256 * 1024 * 1024 })
  return stdout
}
