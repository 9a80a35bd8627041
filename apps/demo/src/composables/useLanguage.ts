import { useLocalStorage } from '@vueuse/core'
import { computed, watch } from 'vue'
import type { ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { directions, languages, preferredLanguage } from '../i18n/language.js'
import type { Language } from '../i18n/language.js'

/** What `useLanguage` returns. */
export interface UseLanguageReturn {
  readonly language: ComputedRef<Language>
  /** Switches to the next language and remembers it. */
  switchLanguage(this: void): void
}

/** The language of the page: the remembered one or the browser's. Also sets `lang` and `dir`. */
export function useLanguage(): UseLanguageReturn {
  const { locale } = useI18n({ useScope: 'global' })
  const remembered = useLocalStorage<string>('yektayar:language', '', { writeDefaults: false })
  const language = computed(() => preferredLanguage([remembered.value, ...navigator.languages]))

  watch(
    language,
    (current) => {
      locale.value = current
      document.documentElement.lang = current
      document.documentElement.dir = directions[current]
    },
    { immediate: true },
  )
  return {
    language,
    switchLanguage: () => {
      const next = languages.indexOf(language.value) + 1
      remembered.value = languages[next] ?? languages[0]
    },
  }
}
