import type { Language } from './language.js'

/** The Persian ordinals that are words of their own in running text. */
const persianOrdinals = 'اول دوم سوم چهارم پنجم ششم هفتم هشتم نهم دهم'.split(' ')

/** The number of an attempt as it follows its noun: “Attempt 3”, «تلاش سوم», «تلاش شمارهٔ ۱۲». */
export function ordinal(value: number, language: Language, digits: string): string {
  if (language !== 'fa') return digits
  return persianOrdinals[value - 1] ?? `شمارهٔ ${digits}`
}
