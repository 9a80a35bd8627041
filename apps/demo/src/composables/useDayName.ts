import { useNow } from '@vueuse/core'
import { useTranslation } from '../i18n/useTranslation.js'

/** What `useDayName` returns. */
export interface UseDayNameReturn {
  /** The name of the day of an ISO 8601 time, such as "Today". */
  dayName(this: void, at: string): string
}

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

/** Names days, and updates the names after midnight. */
export function useDayName(): UseDayNameReturn {
  const { t, weekday } = useTranslation()
  const now = useNow({ interval: MINUTE_MS })
  return {
    dayName: (at) => {
      const day = new Date(at).toDateString()
      if (day === now.value.toDateString()) return t('chat.log.today')
      const yesterday = new Date(now.value.getTime() - DAY_MS)
      return day === yesterday.toDateString() ? t('chat.log.yesterday') : weekday(at)
    },
  }
}
