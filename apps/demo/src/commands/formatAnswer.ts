const SHOWN_TOKEN_CHARACTERS = 6

/** An answer as readable text. Of a token, it shows only the last characters. */
export function formatAnswer(answer: unknown): string {
  return JSON.stringify(answer, maskToken, 2)
}

function maskToken(key: string, value: unknown): unknown {
  const isToken = key === 'sessionToken' && typeof value === 'string'
  return isToken ? `***${value.slice(-SHOWN_TOKEN_CHARACTERS)}` : value
}
