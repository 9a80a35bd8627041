const SHOWN_LENGTH = 6

/** Masks a token as the guide does: `***` and its last characters, or none of a short token. */
export function maskToken(token: string): string {
  return token.length >= 2 * SHOWN_LENGTH ? `***${token.slice(-SHOWN_LENGTH)}` : '***'
}

/** Masks all occurrences of a token in a text. */
export function withoutToken(text: string, token: string): string {
  return token === '' ? text : text.replaceAll(token, maskToken(token))
}
