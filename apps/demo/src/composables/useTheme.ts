import { useColorMode } from '@vueuse/core'
import type { Ref } from 'vue'

/** The user's choice: the system's theme, or one of the page's. */
export type Theme = 'auto' | 'light' | 'dark'

/** The theme of the page, remembered; `public/theme.js` applies it before the first paint. */
export function useTheme(): Ref<Theme> {
  const { store } = useColorMode({
    storageKey: 'yektayar:theme',
    attribute: 'data-theme',
    disableTransition: false, // `true` adds an inline style; a strict CSP refuses it
  })
  return store
}
