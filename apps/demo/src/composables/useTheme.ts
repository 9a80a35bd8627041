import { useColorMode } from '@vueuse/core'
import type { Ref } from 'vue'

/** What the user chose: the system's theme, or one of our own. */
export type Theme = 'auto' | 'light' | 'dark'

/** The theme of the page, remembered; `public/theme.js` applies it before the first paint. */
export function useTheme(): Ref<Theme> {
  const { store } = useColorMode({
    storageKey: 'yektayar:theme',
    attribute: 'data-theme',
    disableTransition: false, // it would add an inline style, which a strict policy refuses
  })
  return store
}
