/** Where the server of a page has Socket.IO and REST, as far as it has told the page. */
export function readServerPlace(page: Document) {
  const read = (name: string): string | undefined =>
    page.querySelector(`meta[name="${name}"]`)?.getAttribute('content') ?? undefined
  return { path: read('yektayar-path'), basePath: read('yektayar-base-path') }
}
