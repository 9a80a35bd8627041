const SHOWN_LENGTH = 6

/** `***` and the last characters of a token, as the guide shows it; of a short one nothing. */
export function maskToken(token: string): string {
  return token.length >= 2 * SHOWN_LENGTH ? `***${token.slice(-SHOWN_LENGTH)}` : '***'
}

/** Masks a token wherever it stands in a text. */
export function withoutToken(text: string, token: string): string {
  return token === '' ? text : text.replaceAll(token, maskToken(token))
}
