const SHOWN_TOKEN_CHARACTERS = 6

/** An answer as text for people, in which a token shows no more than its end. */
export function formatAnswer(answer: unknown): string {
  return JSON.stringify(answer, maskToken, 2)
}

function maskToken(key: string, value: unknown): unknown {
  const isToken = key === 'sessionToken' && typeof value === 'string'
  return isToken ? `***${value.slice(-SHOWN_TOKEN_CHARACTERS)}` : value
}
