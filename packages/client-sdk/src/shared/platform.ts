/** Whether this is a page in a browser, which shares its origin with other tabs. */
export function isBrowser(): boolean {
  return typeof document !== 'undefined'
}
