import { parseSync } from 'rolldown/utils'

export type Imports = {
  /** Every module that is named: by import, export … from, import(…), require(…), and by a type's import('…'). */
  readonly specifiers: readonly string[]
  /** Whether something is imported whose name is computed, so that no reader can tell what. */
  readonly computed: boolean
  readonly exportsSomething: boolean
}

/** What a module imports, and whether it exports; `path` says which language it is written in. */
export function importsOf(path: string, text: string): Imports {
  const { program, module, errors } = parseSync(path, text)
  if (errors.length > 0) throw new SyntaxError(`${path}: ${errors.map(({ message }) => message).join('; ')}`)
  const named: string[] = []
  let computed = false
  const take = (source: unknown): void => {
    if (isNode(source) && source.type === 'Literal' && typeof source['value'] === 'string') named.push(source['value'])
    else computed = true
  }
  visit(program, (node) => {
    if (node.type === 'ImportExpression' || node.type === 'TSImportType') take(node['source'])
    if (node.type === 'CallExpression' && isRequire(node['callee'])) take((node['arguments'] as unknown[])[0])
  })
  for (const { moduleRequest } of module.staticImports) named.push(moduleRequest.value)
  for (const { moduleRequest } of module.staticExports.flatMap(({ entries }) => entries))
    if (moduleRequest) named.push(moduleRequest.value)
  return { specifiers: [...new Set(named)], computed, exportsSomething: module.staticExports.length > 0 }
}

type Node = { readonly type: string; readonly [field: string]: unknown }

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

function isRequire(callee: unknown): boolean {
  return isNode(callee) && callee.type === 'Identifier' && callee['name'] === 'require'
}

function visit(value: unknown, see: (node: Node) => void): void {
  if (Array.isArray(value)) for (const item of value) visit(item, see)
  else if (isNode(value)) {
    see(value)
    for (const field of Object.values(value)) visit(field, see)
  }
}
