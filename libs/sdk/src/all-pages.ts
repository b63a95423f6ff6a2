/** Everything that a list has, page after page. */
export async function allPages<Page extends { readonly nextPageToken: string }, Item>(
  ask: (page: { readonly pageToken: string; readonly pageSize: number }) => Promise<Page>,
  itemsOf: (page: Page) => readonly Item[],
): Promise<readonly Item[]> {
  const all: Item[] = []
  for (let pageToken = ''; ;) {
    const page = await ask({ pageToken, pageSize: 1_000 })
    all.push(...itemsOf(page))
    if (page.nextPageToken === '') return all
    pageToken = page.nextPageToken
  }
}
