import type { Json } from '../realtimeTypes.js'

/** JSON that was typed in, or why it is none. */
export type ParsedJson =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly problem: 'empty' }
  | { readonly ok: false; readonly problem: 'invalid'; readonly detail: string }

/** Parses text as JSON without throwing; `detail` is what the browser says about it, in English. */
export function parseJson(text: string): ParsedJson {
  if (text.trim() === '') return { ok: false, problem: 'empty' }
  try {
    return { ok: true, value: JSON.parse(text) as Json } // that is what it returns
  } catch (error) {
    return { ok: false, problem: 'invalid', detail: (error as SyntaxError).message } // nothing else is thrown
  }
}
