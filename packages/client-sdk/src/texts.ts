import { en } from './texts/en.js'
import type { ErrorTexts } from './texts/errorTexts.js'
import { fa } from './texts/fa.js'

export type { ErrorTexts } from './texts/errorTexts.js'

/** A language that has a text for each code. */
export type ErrorLanguage = 'en' | 'fa'

/** What to tell the people who use an app, for each code; by language. */
export const errorTexts: Readonly<Record<ErrorLanguage, ErrorTexts>> = Object.freeze({ en, fa })

/**
 * What to tell the people who use an app about an error: `error.message` is for its developers.
 *
 * @param error what was caught; the text for one without a known code is that something went wrong, and
 * the text for `undefined` and `null` is empty
 * @param texts a language, or an app's own texts; English for a language that has none
 */
export function errorText(error: unknown, texts: ErrorLanguage | ErrorTexts): string {
  if (error === undefined || error === null) return ''
  const found = typeof texts === 'string' ? textsIn(texts) : texts
  const { code } = Object(error) as { code?: unknown } // anything may be thrown
  return isCode(code, found) ? found[code] : found.internal_error
}

function textsIn(language: string): ErrorTexts {
  return Object.hasOwn(errorTexts, language) ? errorTexts[language as ErrorLanguage] : en
}

function isCode(code: unknown, texts: ErrorTexts): code is keyof ErrorTexts {
  return typeof code === 'string' && Object.hasOwn(texts, code)
}
