import { findOrBuildTool, type ToolName } from '@plimsoll/embedded'

/** The path of a program that tests run, built if it is nowhere. */
export async function testTool(name: ToolName): Promise<string> {
  return (await findOrBuildTool(name)).path
}
