/** A piece of JSON text and its kind. */
export interface JsonToken {
  readonly kind: 'key' | 'text' | 'number' | 'literal' | 'plain'
  readonly text: string
}

/** Longer text is shown without colours, because each piece costs an element. */
const MAX_COLOURED_CHARACTERS = 20_000

const pieces =
  /(?<key>"(?:\\.|[^"\\])*")(?=\s*:)|(?<text>"(?:\\.|[^"\\])*")|(?<number>-?\d[\d.eE+-]*)|(?<literal>true|false|null)/g

/** Cuts JSON text into pieces to colour; joined, they are the whole text. */
export function jsonTokens(json: string): readonly JsonToken[] {
  if (json.length > MAX_COLOURED_CHARACTERS) return [{ kind: 'plain', text: json }]
  const tokens: JsonToken[] = []
  let end = 0
  for (const match of json.matchAll(pieces)) {
    if (match.index > end) tokens.push({ kind: 'plain', text: json.slice(end, match.index) })
    const { key, text, number } = match.groups ?? {}
    const kind = key ? 'key' : text ? 'text' : number ? 'number' : 'literal'
    tokens.push({ kind, text: match[0] })
    end = match.index + match[0].length
  }
  if (end < json.length) tokens.push({ kind: 'plain', text: json.slice(end) })
  return tokens
}
