/** What a render fetches did not come: it may come later, and nothing is known of what is to be there. */
export class FetchFailedError extends Error {
  override readonly name = 'FetchFailedError'
}
