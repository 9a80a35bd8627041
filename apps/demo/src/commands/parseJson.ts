import type { Json } from '../realtimeTypes.js'

/** The JSON that was typed in, or the reason why the text is not JSON. */
export type ParsedJson =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly problem: 'empty' }
  | { readonly ok: false; readonly problem: 'invalid'; readonly detail: string }

/** Parses text as JSON without throwing; `detail` is the browser's error message, in English. */
export function parseJson(text: string): ParsedJson {
  if (text.trim() === '') return { ok: false, problem: 'empty' }
  try {
    return { ok: true, value: JSON.parse(text) as Json } // `JSON.parse` returns only JSON
  } catch (error) {
    return { ok: false, problem: 'invalid', detail: (error as SyntaxError).message } // its only error
  }
}
