/** Age identities (`AGE-SECRET-KEY-1…`), tried in their order; none if a workflow has no key. */
export type AgeKeys = readonly string[]
