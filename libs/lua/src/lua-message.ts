/** What the runner asks its worker for. */
export type LuaRequest = {
  readonly id: number
  readonly name: string
  readonly source: string
  /** Plain data, without null: Lua has no word for it. */
  readonly globals: Readonly<Record<string, unknown>>
  readonly memoryBytes: number
}

export type LuaReply = { readonly id: number } & (
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly failure: 'memory' | 'script'; readonly message: string }
)
