/** How much of an address is shown. */
const MAX_LENGTH = 200

/** An address as messages show it: without credentials, and without a query, which may have a token. */
export function shownUrl(address: string): string {
  const shown = address.replace(/\/\/.*@/s, '//…@').replace(/[?#].*$/s, '?…')
  return shown.slice(0, MAX_LENGTH)
}
