/** What is wrong with a field of a request. */
export type Problem = { readonly field: string; readonly message: string }

/** A request with its defaults filled in, or all that is wrong with it. */
export type Checked<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly Problem[] }
