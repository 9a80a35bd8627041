const QUOTE = 34
const COLON = 58
const OPEN_BRACKET = 91
const BACKSLASH = 92
const CLOSE_BRACKET = 93
const OPEN_BRACE = 123
const CLOSE_BRACE = 125

/** The nesting depth of a JSON text, and the number of keys in all of its objects. */
export interface JsonMeasure {
  readonly depth: number
  readonly keys: number
}

/** Measures a JSON text without parsing it. For other texts, the numbers are meaningless. */
export function measureJson(text: string): JsonMeasure {
  let depth = 0
  let deepest = 0
  let keys = 0
  for (let index = 0; index < text.length; index++) {
    switch (text.charCodeAt(index)) {
      case QUOTE:
        index = endOfString(text, index)
        break
      case OPEN_BRACKET:
      case OPEN_BRACE:
        depth++
        if (depth > deepest) deepest = depth
        break
      case CLOSE_BRACKET:
      case CLOSE_BRACE:
        depth--
        break
      case COLON:
        keys++
    }
  }
  return { depth: deepest, keys }
}

/** The index of the closing quote of the string that starts at an index. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++
    if (backslashes % 2 === 0) return end
  }
  return text.length
}
