/** The languages of the page, by their BCP 47 tag. */
export const languages = ['en', 'fa'] as const

/** One of the page's languages. */
export type Language = (typeof languages)[number]

/** The writing direction of each language. */
export const directions = { en: 'ltr', fa: 'rtl' } as const satisfies Record<Language, string>

/** The first of the user's languages that the page has, or English. */
export function preferredLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const found = languages.find((language) => tag.toLowerCase().split('-')[0] === language)
    if (found) return found
  }
  return 'en'
}
